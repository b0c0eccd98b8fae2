/** Messages of the scheduler as events of the core. */
import {
  CallOrder, Interned, Limits, type Message, type MessageOf, ProtocolError, type Run, shaped, unpackMap,
} from '@taskloom/protocol'; // biome-ignore format: a list of names
import * as z from 'zod/mini';
import type { BatchOrder, Event } from './core/index.ts';
import { roomFor, SHARED_BYTES } from './door/port.ts';

const Orders = z.array(CallOrder).check(z.maxLength(Limits.batchTasks));
/** Most messages bring none, or the one of the message before. */
const readOrders = new Interned((bytes) => shaped(Orders, unpackMap(bytes), 'run'));

export interface Defaults {
  /** For batches that do not say. */
  readonly concurrency: number | undefined;
}

/** undefined: not for a worker's core. */
export function eventOf(message: Message, now: number, defaults: Defaults): Event | undefined {
  switch (message.op) {
    case 'run':
      return runEvent(message, now, defaults);
    case 'take-back':
      return { on: 'take-back', now, message };
    case 'stop':
      return { on: 'stop', now, message };
    case 'drop':
      return { on: 'drop', now, message };
    case 'fetch':
      return { on: 'fetch', now, message };
    case 'keep':
      return { on: 'keep', now, message };
    case 'retire':
      return { on: 'retire', now, message };
    default:
      return undefined;
  }
}

function runEvent(message: MessageOf<typeof Run>, now: number, defaults: Defaults): Event {
  const { newBatch, newOrder, sections } = message;
  const known = readOrders.of(sections[0]!);
  const orders: BatchOrder[] = [];
  for (let row = 0; row < newBatch.length; row++) {
    const order = known[newOrder[row]!];
    if (!order) throw new ProtocolError('bad-message', `run names order ${newOrder[row]} of ${known.length}`);
    const { fn, timeoutMs, concurrency = defaults.concurrency } = order;
    orders.push({ batch: newBatch[row]!, fn, timeoutMs, concurrency });
  }
  return { on: 'run', now, message: sections.some(isLarge) ? withKept(message) : message, orders };
}

const isLarge = (block: Uint8Array) => block.length > SHARED_BYTES;

/** Blocks of arguments are views of what arrived together; the large ones are put where all threads can read them. */
function withKept(message: MessageOf<typeof Run>): MessageOf<typeof Run> {
  const [packed, ...blocks] = message.sections;
  return { ...message, sections: [packed!, ...blocks.map(kept)] };
}

function kept(block: Uint8Array): Uint8Array {
  if (!isLarge(block) || block.buffer instanceof SharedArrayBuffer) return block;
  const shared = roomFor(block.length);
  shared.set(block);
  return shared;
}
