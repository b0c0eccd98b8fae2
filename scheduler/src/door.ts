/** Messages become events, checked once: what does not add up closes the connection that brought it, and touches nobody else. */
import {
  BatchHead,
  exceeded,
  Limits,
  type Message,
  type MessageOf,
  ProtocolError,
  ScatterHead,
  type Submit,
  unpackMap,
} from '@taskloom/protocol';
import type { z } from 'zod';
import type { Event } from './core/index.ts';

/** Events of a client's message; undefined for those that the shell answers itself. */
export function eventOfClient(client: number, message: Message): Event | undefined {
  switch (message.op) {
    case 'code':
      return codeCame(message.sections);
    case 'submit':
      return { on: 'submitted', client, head: checkedSubmit(message), message };
    case 'scatter':
      return {
        on: 'scattered',
        client,
        head: checkedScatter(message.sections, message.bytes.length),
        message,
      };
    case 'want':
      return { on: 'wanted', client, message };
    case 'release':
      return { on: 'released', client, message };
    case 'cancel':
      return { on: 'cancelled', client, message };
    default:
      return undefined;
  }
}

export function eventOfWorker(worker: number, message: Message): Event | undefined {
  switch (message.op) {
    case 'finished':
      checkFinished(message);
      return { on: 'finished', worker, message };
    case 'erred':
      return { on: 'erred', worker, message };
    case 'handed-back':
      return { on: 'handed-back', worker, message };
    case 'input-missing':
      return { on: 'input-missing', worker, message };
    case 'data':
      return { on: 'data-came', worker, message };
    case 'heartbeat':
      return { on: 'heartbeat-came', worker, running: message.running };
    default:
      return undefined;
  }
}

export function outOfPlace(message: Message, role: string): ProtocolError {
  return new ProtocolError('bad-message', `a ${role} does not say ${message.op}`);
}

const refuse = (why: string): never => {
  throw new ProtocolError('bad-message', why);
};

function parsed<T>(schema: z.ZodType<T>, section: Uint8Array | undefined, what: string): T {
  const result = schema.safeParse(section && unpackMap(section));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return refuse(`${what}.${issue?.path.join('.')}: ${issue?.message}`);
}

function codeCame([hash, bytes]: readonly Uint8Array[]): Event {
  if (!hash || !bytes || hash.length === 0 || hash.length > 128) return refuse('code has a hash and bytes');
  return { on: 'code-came', hash: Buffer.from(hash).toString('latin1'), bytes };
}

function checkedSubmit(message: MessageOf<typeof Submit>): BatchHead {
  const head = parsed(BatchHead, message.sections[0], 'submit');
  const { first, count } = head;
  if (count > Limits.batchTasks) throw exceeded('batchTasks', count);
  if (count === 0 || first === 0 || first + count > 0xffff_ffff)
    refuse(`submit names tasks ${first} + ${count}`);
  const rows = message.blockRows.reduce((sum, each) => sum + each, 0);
  if (message.blockRows.some((each) => each === 0) || (message.blockRows.length > 0 && rows !== count)) {
    refuse(`submit has arguments for ${rows} of ${count} tasks`);
  }
  const { depStart } = message;
  if (depStart.length > 0 && depStart.length !== count + 1)
    refuse(`submit has ${depStart.length} offsets for ${count} tasks`);
  return head;
}

function checkedScatter(sections: readonly Uint8Array[], count: number): ScatterHead {
  const head = parsed(ScatterHead, sections[0], 'scatter');
  if (count > Limits.batchTasks) throw exceeded('batchTasks', count);
  if (count === 0 || head.first === 0 || head.first + count > 0xffff_ffff)
    refuse(`scatter names tasks ${head.first} + ${count}`);
  return head;
}

function checkFinished(message: Extract<Message, { op: 'finished' }>): void {
  if (message.inline.some((inline, i) => inline === 1 && !message.sections[i]?.length))
    refuse('finished lacks a block that it says rides along');
}
