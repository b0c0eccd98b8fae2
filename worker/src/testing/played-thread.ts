/**
 * A thread of a worker, played: it begins what it is given in order, ends what it has begun in any order, and its news arrives later
 * than it was made. When each of this happens, and what comes of a task, whoever plays it says.
 *
 * 1. What was made can be read here until the agent has taken the news of it and whoever was queued by then has begun.
 * 2. News that was not posted is lost with the thread; what was posted arrives before its end is known.
 */
import type { Report, Running, ThreadOrder } from '../core/index.ts';

export type Outcome =
  | { readonly is: 'made'; readonly content: Uint8Array; readonly micros: number }
  | {
      readonly is: 'erred';
      readonly why: 'threw' | 'refused-result' | 'bad-code';
      readonly error: Uint8Array;
    }
  | { readonly is: 'lacking' }
  /** It does not end by itself. */
  | { readonly is: 'hanging' };

/** A result that was made on this thread and can still be read here. */
export type Made = (batch: number, index: number) => Uint8Array | undefined;
export type Perform = (order: ThreadOrder, index: number, made: Made) => Outcome;

interface Queued {
  readonly order: ThreadOrder;
  next: number;
}
/** The agent had taken news up to this report when it gave what stands before. */
interface Taken {
  readonly report: number;
}
interface Begun {
  readonly order: ThreadOrder;
  readonly index: number;
  readonly since: number;
  readonly outcome: Outcome;
}
interface Ended {
  readonly order: ThreadOrder;
  readonly index: number;
  readonly outcome: Exclude<Outcome, { is: 'hanging' }>;
}

/** Results up to this size stand together in one block. */
const BLOCK_BYTES = 64 * 1024;

export class PlayedThread {
  readonly number: number;
  phase: 'starting' | 'started' | 'dying' = 'starting';
  readonly #perform: Perform;
  #queue: (Queued | Taken)[] = [];
  #running: Begun[] = [];
  #ended: Ended[] = [];
  #posted: { readonly report: Report; readonly tasks: readonly string[] }[] = [];
  /** Begun, and not heard of. */
  readonly #untold = new Set<string>();
  #reports = 0;
  #arrived = 0;
  #claimed = 0;
  readonly #made = new Map<string, { readonly content: Uint8Array; readonly report: number }>();

  constructor(number: number, perform: Perform) {
    this.number = number;
    this.#perform = perform;
  }

  /** It has something to begin, to end by itself, to post or to be heard of. */
  get isBusy(): boolean {
    return this.canBegin || this.ending.length > 0 || this.canPost || this.hasPosted;
  }

  /** Nothing that it was given is left, and all is told. */
  get isIdle(): boolean {
    return this.#running.length === 0 && !this.isBusy;
  }

  /** Tasks that do not share the thread begin when it is free. */
  get canBegin(): boolean {
    this.#passMarkers();
    const next = this.#queue[0];
    if (!next || 'report' in next) return false;
    const { concurrency } = next.order;
    return this.#running.length === 0 || (this.#isShared && this.#running.length < concurrency);
  }

  /** Places among what runs of the tasks that end by themselves. */
  get ending(): number[] {
    return this.#running.flatMap(({ outcome }, at) => (outcome.is === 'hanging' ? [] : [at]));
  }

  get canPost(): boolean {
    return this.#ended.length > 0;
  }

  get hasPosted(): boolean {
    return this.#posted.length > 0;
  }

  /** `mustCome`: inputs without a block were made on this very thread, or are about to be. */
  give(orders: readonly ThreadOrder[], mustCome: boolean): void {
    for (const order of orders) {
      for (const { block, batch, index, count } of order.inputs)
        for (let at = index; at < index + count && !block && mustCome; at++) this.#mustCome(batch, at);
      this.#queue.push({ order, next: order.first });
    }
    this.#queue.push({ report: this.#arrived });
  }

  /** Takes what has not begun; gives how many tasks ever have. */
  withdraw(now: number): { readonly claimed: number; readonly running: readonly Running[] } {
    this.#queue = [];
    return { claimed: this.#claimed, running: this.running(now) };
  }

  running(now: number): Running[] {
    return this.#running.map(({ order, index, since }) => ({ order: order.order, index, ms: now - since }));
  }

  begin(now: number): void {
    const next = this.#queue[0] as Queued;
    const { order } = next;
    const index = next.next++;
    this.#claimed++;
    if (next.next === order.first + order.count) this.#queue.shift();
    this.#untold.add(keyOf(order, index));
    const made: Made = (batch, at) => this.#made.get(`${batch}/${at}`)?.content;
    this.#running.push({ order, index, since: now, outcome: this.#perform(order, index, made) });
  }

  end(place: number): void {
    const [{ order, index, outcome } = {} as Begun] = this.#running.splice(place, 1);
    if (outcome.is === 'hanging') return;
    if (outcome.is === 'made') {
      const report = this.#reports + 1;
      this.#made.set(keyOf(order, index), { content: outcome.content, report });
    }
    this.#ended.push({ order, index, outcome });
  }

  post(): void {
    this.#reports++;
    const tasks = this.#ended.map(({ order, index }) => keyOf(order, index));
    this.#posted.push({ report: reportOf(this.#ended), tasks });
    this.#ended = [];
  }

  /** The news that arrives next. */
  hear(): Report | undefined {
    const next = this.#posted.shift();
    if (!next) return undefined;
    for (const task of next.tasks) this.#untold.delete(task);
    this.#arrived++;
    return next.report;
  }

  get #isShared(): boolean {
    return this.#running.every(({ order }) => order.concurrency > 1);
  }

  #passMarkers(): void {
    for (let next = this.#queue[0]; next && 'report' in next; next = this.#queue[0]) {
      const taken = next.report;
      for (const [key, { report }] of this.#made) if (report <= taken) this.#made.delete(key);
      this.#queue.shift();
    }
  }

  #mustCome(batch: number, index: number): void {
    const isQueued = this.#queue.some((queued) => {
      if ('report' in queued || queued.order.batch !== batch) return false;
      return index >= queued.next && index < queued.order.first + queued.order.count;
    });
    if (isQueued || this.#untold.has(`${batch}/${index}`)) return;
    throw new Error(`thread ${this.number} was told that it makes ${batch}/${index}`);
  }
}

function keyOf({ batch }: ThreadOrder, index: number): string {
  return `${batch}/${index}`;
}

function reportOf(ended: readonly Ended[]): Report {
  const blocks: { order: number; first: number; count: number; micros: number; content: Uint8Array }[] = [];
  const errors: Report['errors'][number][] = [];
  const missing: Report['missing'][number][] = [];
  for (const {
    order: { order },
    index,
    outcome,
  } of ended) {
    if (outcome.is === 'erred')
      errors.push({ order, index, why: outcome.why, micros: 1, content: outcome.error });
    else if (outcome.is === 'lacking') missing.push({ order, index });
    else {
      const { content, micros } = outcome;
      const last = blocks.at(-1);
      const follows = last?.order === order && last.first + last.count === index;
      if (last && follows && last.content.length + content.length <= BLOCK_BYTES) {
        last.content = Uint8Array.from([...last.content, ...content]);
        last.count++;
        last.micros += micros;
      } else blocks.push({ order, first: index, count: 1, micros, content });
    }
  }
  return { blocks, errors, missing };
}
