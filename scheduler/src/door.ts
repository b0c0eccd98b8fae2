/** Messages become events, checked once: what does not add up closes the connection that brought it, and touches nobody else. */
import {
  Call,
  exceeded,
  Interned,
  Limits,
  type Message,
  type MessageOf,
  ProtocolError,
  type Scatter,
  ScatterHead,
  type Submit,
  shaped,
  unpackMap,
} from '@taskloom/protocol';
import type { BatchHead, Event } from './core/index.ts';

/** What one client may say next depends on what it has said: it numbers its tasks upwards, and sends code before it names it. */
export class ClientDoor {
  readonly #client: number;
  readonly #codes = new Set<string>();
  /** Only those whose code is here. */
  readonly #calls = new Interned((bytes) => this.#call(bytes));
  #nextTask = 1;

  constructor(client: number) {
    this.#client = client;
  }

  /** Undefined for what the shell answers itself. */
  eventOf(message: Message): Event | undefined {
    const client = this.#client;
    switch (message.op) {
      case 'code':
        return this.#code(message.sections);
      case 'submit':
        return { on: 'submitted', client, head: this.#submit(message), message };
      case 'scatter':
        return { on: 'scattered', client, head: this.#scatter(message), message };
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

  #code([name, bytes]: readonly Uint8Array[]): Event {
    if (!name || !bytes || name.length === 0 || name.length > 128)
      return refuse('code has a hash of at most 128 bytes');
    const hash = Buffer.from(name).toString('latin1');
    if (bytes.length === 0) return this.#letGo(hash);
    mustFit('codeBytes', bytes.length);
    this.#codes.add(hash);
    return { on: 'code-came', client: this.#client, hash, bytes };
  }

  /** A call that names it is to be refused until it has come again, so none is known by its bytes. */
  #letGo(hash: string): Event {
    if (!this.#codes.delete(hash)) refuse(`code ${hash} is let go and was not sent`);
    this.#calls.forget();
    return { on: 'code-let-go', client: this.#client, hash };
  }

  #submit(message: MessageOf<typeof Submit>): BatchHead {
    const { fn, options } = this.#calls.of(message.sections[0]!);
    if (message.first.length !== 1) refuse(`submit has ${message.first.length} ranges of tasks, not one`);
    const head = { first: message.first[0]!, count: message.count[0]!, fn, options };
    this.#number('submit', head.first, head.count);
    checkArguments(message, head);
    checkInputs(message, head);
    return head;
  }

  #call(bytes: Uint8Array): Call {
    const call = shaped(Call, unpackMap(bytes), 'submit');
    for (const hash of [call.fn.graph, ...call.fn.sources])
      if (!this.#codes.has(hash)) refuse(`submit names code ${hash} that was not sent before it`);
    return call;
  }

  #scatter(message: MessageOf<typeof Scatter>): ScatterHead {
    const head = shaped(ScatterHead, unpackMap(message.sections[0]!), 'scatter');
    this.#number('scatter', head.first, message.bytes.length);
    return head;
  }

  #number(what: string, first: number, count: number): void {
    if (count > Limits.batchTasks) throw exceeded('batchTasks', count);
    if (count === 0 || first < this.#nextTask || first + count - 1 > Limits.taskNumber)
      refuse(`${what} names tasks ${first} + ${count}, the next is ${this.#nextTask}`);
    this.#nextTask = first + count;
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
    case 'retiring':
      return { on: 'worker-retiring', worker };
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

function checkArguments({ blockRows, sections }: MessageOf<typeof Submit>, { count }: BatchHead): void {
  const rows = blockRows.reduce((sum, each) => sum + each, 0);
  if (blockRows.some((each) => each === 0) || (blockRows.length > 0 && rows !== count))
    refuse(`submit has arguments for ${rows} of ${count} tasks`);
  for (let i = 1; i < sections.length; i++) mustFit('argumentBytes', sections[i]!.length);
}

function mustFit(limit: 'argumentBytes' | 'codeBytes', bytes: number): void {
  if (bytes > Limits[limit]) throw exceeded(limit, bytes);
}

/** A task needs tasks that come before it: so nothing waits for itself. */
function checkInputs(message: MessageOf<typeof Submit>, { first, count }: BatchHead): void {
  const { depStart, depFirst, depCount, zip, sharedFirst, sharedCount } = message;
  if (depStart.length > 0 && depStart.length !== count + 1)
    refuse(`submit has ${depStart.length} offsets for ${count} tasks`);
  for (let i = 0; i < depStart.length - 1; i++) {
    for (let row = depStart[i] as number; row < (depStart[i + 1] as number); row++)
      mustComeBefore(depFirst[row] as number, depCount[row] as number, first + i);
  }
  for (const from of zip) mustComeBefore(from, count, first);
  sharedFirst.forEach((from, i) => void mustComeBefore(from, sharedCount[i] as number, first));
}

function mustComeBefore(first: number, count: number, task: number): void {
  if (first === 0 || count === 0 || first + count > task)
    refuse(`submit says that task ${task} needs tasks ${first} + ${count}`);
}

function checkFinished(message: Extract<Message, { op: 'finished' }>): void {
  if (message.inline.some((inline, i) => inline === 1 && !message.sections[i]?.length))
    refuse('finished lacks a block that it says rides along');
}
