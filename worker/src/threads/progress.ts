/**
 * What a thread and its agent share: how far the thread is. The thread may be deep in a task and the agent still knows.
 *
 * 1. A task is begun by one compare-and-swap of the claim word, which fails once the agent has withdrawn what was not begun.
 *    So both agree, to the task, on what was begun.
 * 2. Only the thread takes up again, with the message that follows the last withdrawal: withdrawals are counted in the word.
 *
 * The claim word: bit 31 withdrawn | bits 24-30 withdrawals | bits 0-23 tasks begun, both modulo their width.
 */
const CLAIMS = 0;
const WORKER = 1;
/** The slot of the task that waits for imports, or NO_SLOT. */
const IMPORTING = 2;
const NO_SLOT = -1;
/** Even: numbers of 8 bytes follow. */
const HEAD_WORDS = 4;
const WITHDRAWN = 0x8000_0000 | 0;
const ONE_WITHDRAWAL = 1 << 24;
const WITHDRAWALS = 0x7f00_0000;
const BEGUN = 0x00ff_ffff;
/** Tasks that share a thread: Limits.threadTasks, without the rest of the protocol, which threads do not load. */
export const SLOTS = 1024;
const STARTS_AT = (HEAD_WORDS + 2 * SLOTS) * 4;

export const PROGRESS_BYTES = STARTS_AT + (1 + SLOTS) * 8;

interface Views {
  readonly words: Int32Array;
  /** At 0 the thread's time origin, then the start of the task in each slot, in milliseconds after it; below 0 where it is rough. */
  readonly times: Float64Array;
}

function viewsOf(memory: SharedArrayBuffer): Views {
  return { words: new Int32Array(memory, 0, STARTS_AT / 4), times: new Float64Array(memory, STARTS_AT) };
}

/** The thread's side. */
export class Claims {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  #word = 0;

  constructor(memory: SharedArrayBuffer) {
    ({ words: this.#words, times: this.#times } = viewsOf(memory));
    this.#times[0] = performance.timeOrigin;
    this.#words[IMPORTING] = NO_SLOT;
  }

  /** The number that the scheduler gave the worker, perhaps after this thread began. */
  get worker(): number {
    return this.#words[WORKER]! >>> 0;
  }

  /**
   * Begins this task in this slot; false when what was not begun was withdrawn. It is shown before it is claimed, so that the agent sees
   * running whatever it counts as begun. Stamp the slot before.
   */
  begin(slot: number, order: number, index: number): boolean {
    const at = HEAD_WORDS + 2 * slot;
    this.#words[at + 1] = index;
    this.#words[at] = order;
    if (this.claim()) return true;
    this.end(slot);
    return false;
  }

  /** Begins the next task, which is shown nowhere: it is over at once. False when what was not begun was withdrawn. */
  claim(): boolean {
    const word = this.#word;
    const next = (word & ~BEGUN) | ((word + 1) & BEGUN);
    if (Atomics.compareExchange(this.#words, CLAIMS, word, next) !== word) return false;
    this.#word = next;
    return true;
  }

  /** Takes up again, unless more was withdrawn since the message that says so was sent. */
  resume(withdrawals: number): void {
    const next = (withdrawals << 24) | (this.#word & BEGUN);
    if (Atomics.compareExchange(this.#words, CLAIMS, next | WITHDRAWN, next) === (next | WITHDRAWN))
      this.#word = next;
  }

  /** Says since when the task in this slot runs; `isRough`: that task, or one of those that will be in it next. */
  stamp(slot: number, now: number, isRough = false): void {
    this.#times[1 + slot] = isRough ? -now : now;
  }

  /** The task in this slot is not called yet, since its function is being imported; in none when absent. */
  importing(slot = NO_SLOT): void {
    this.#words[IMPORTING] = slot;
  }

  end(slot: number): void {
    this.#words[HEAD_WORDS + 2 * slot] = 0;
  }
}

/** A task that a thread shows. */
export interface Shown {
  readonly order: number;
  readonly index: number;
  readonly ms: number;
  readonly isImporting?: true;
}

/** The agent's side. */
export class Progress {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  /** So many withdrawals so far, modulo their width. */
  withdrawals = 0;
  #last = 0;
  #total = 0;
  /** The task whose start is only roughly known, as it was seen first. Only one at a time is such a task. */
  #seen = { order: 0, index: 0, at: 0 };

  constructor(memory: SharedArrayBuffer) {
    ({ words: this.#words, times: this.#times } = viewsOf(memory));
  }

  set worker(number: number) {
    this.#words[WORKER] = number;
  }

  /** Takes from the thread what it has not begun; gives how many tasks it has ever begun. */
  withdraw(): number {
    for (;;) {
      const word = Atomics.load(this.#words, CLAIMS);
      const begun = word & BEGUN;
      const next = WITHDRAWN | ((word + ONE_WITHDRAWAL) & WITHDRAWALS) | begun;
      if (Atomics.compareExchange(this.#words, CLAIMS, word, next) !== word) continue;
      this.#total += (begun - this.#last) & BEGUN;
      this.#last = begun;
      this.withdrawals = (next & WITHDRAWALS) >>> 24;
      return this.#total;
    }
  }

  /** What runs, as far as `slots` go. A task that begins this instant may be missed. */
  running(slots: number): Shown[] {
    const found: Shown[] = [];
    const now = performance.timeOrigin + performance.now() - this.#times[0]!;
    for (let slot = 0; slot < slots; slot++) {
      const at = HEAD_WORDS + 2 * slot;
      const order = Atomics.load(this.#words, at) >>> 0;
      const index = Atomics.load(this.#words, at + 1);
      const start = this.#times[1 + slot]!;
      if (order === 0 || order !== Atomics.load(this.#words, at) >>> 0) continue;
      const since = start < 0 ? this.#seenSince(order, index, now) : start;
      const isImporting = slot === Atomics.load(this.#words, IMPORTING);
      found.push({ order, index, ms: Math.max(0, now - since), ...(isImporting && { isImporting }) });
    }
    return found;
  }

  /** Never before its start: a task that comes after many short ones would look older than it is, and may be ended for its age. */
  #seenSince(order: number, index: number, now: number): number {
    const { order: lastOrder, index: lastIndex } = this.#seen;
    if (order !== lastOrder || index !== lastIndex) this.#seen = { order, index, at: now };
    return this.#seen.at;
  }
}
