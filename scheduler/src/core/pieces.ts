/**
 * The task table. Owns one row of typed columns for each piece: a run of consecutive tasks of one batch that share the same fate.
 *
 * 1. `count` >= 1; the pieces of a batch that are not forgotten are disjoint.
 * 2. `unmet` is the number of pieces (not tasks) that this piece needs and that are not finished; shared inputs are counted by the batch.
 * 3. `needers` is how many unfinished pieces need the value; `refs` how many recipes that are not forgotten do.
 * 4. A piece is in the list of its worker exactly while it is assigned or finished.
 * 5. `generation` changes when a row is freed, so that whoever still names the forgotten piece can be told.
 */
export const Phase = {
  free: 0,
  waiting: 1,
  ready: 2,
  assigned: 3,
  finished: 4,
  failed: 5,
  released: 6,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];
export const PHASE_NAMES = [
  'free',
  'waiting',
  'ready',
  'assigned',
  'finished',
  'failed',
  'released',
] as const;

export const Flag = {
  /** Its client holds a future of it. */
  held: 1,
  /** Its client wants the value sent. */
  wanted: 2,
  /** The value was asked of its worker, for the client. */
  fetching: 4,
  /** Waits for its client's credit. */
  deferred: 8,
  /** An entry of it is in a ready queue. */
  queued: 16,
  /** Its client was told that it is done or failed. */
  told: 32,
} as const;

export const NONE = -1;

export class Pieces {
  /** Rows in use. */
  size = 0;
  #free: number[] = [];
  #used = 0;
  #capacity = 0;
  batch!: Int32Array;
  start!: Uint32Array;
  count!: Uint32Array;
  phase!: Uint8Array;
  flags!: Uint8Array;
  deaths!: Uint8Array;
  attempt!: Uint16Array;
  generation!: Int32Array;
  worker!: Int32Array;
  run!: Uint32Array;
  unmet!: Int32Array;
  needers!: Int32Array;
  refs!: Int32Array;
  bytes!: Uint32Array;
  /** Estimated run time when it was assigned, in microseconds. */
  micros!: Float32Array;
  edges!: Int32Array;
  next!: Int32Array;
  previous!: Int32Array;

  constructor() {
    this.#resize(64);
  }

  /** Rows from here on were never in use. */
  get used(): number {
    return this.#used;
  }

  get capacity(): number {
    return this.#capacity;
  }

  allocate(batch: number, start: number, count: number): number {
    const p = this.#free.pop() ?? this.#fresh();
    this.size++;
    this.batch[p] = batch;
    this.start[p] = start;
    this.count[p] = count;
    this.phase[p] = Phase.waiting;
    this.worker[p] = NONE;
    this.edges[p] = NONE;
    this.next[p] = NONE;
    this.previous[p] = NONE;
    return p;
  }

  release(p: number): void {
    this.size--;
    this.phase[p] = Phase.free;
    this.flags[p] = 0;
    this.deaths[p] = 0;
    this.attempt[p] = 0;
    this.generation[p]!++;
    this.run[p] = 0;
    this.unmet[p] = 0;
    this.needers[p] = 0;
    this.refs[p] = 0;
    this.bytes[p] = 0;
    this.micros[p] = 0;
    this.#free.push(p);
  }

  has(p: number, flag: number): boolean {
    return ((this.flags[p] as number) & flag) !== 0;
  }

  set(p: number, flag: number): void {
    this.flags[p] = (this.flags[p] as number) | flag;
  }

  clear(p: number, flag: number): void {
    this.flags[p] = (this.flags[p] as number) & ~flag;
  }

  /** Neither finished nor failed nor given up: still to be computed. */
  isPending(p: number): boolean {
    const phase = this.phase[p];
    return phase === Phase.waiting || phase === Phase.ready || phase === Phase.assigned;
  }

  /** Bytes of all columns for each row. */
  get bytesPerRow(): number {
    return 4 * 14 + 3 + 2;
  }

  #fresh(): number {
    if (this.#used === this.#capacity) this.#resize(this.#capacity * 2);
    return this.#used++;
  }

  #resize(capacity: number): void {
    const wider = <C extends { set(from: C): void }>(made: C, old: C | undefined): C => {
      if (old) made.set(old);
      return made;
    };
    this.batch = wider(new Int32Array(capacity), this.batch);
    this.start = wider(new Uint32Array(capacity), this.start);
    this.count = wider(new Uint32Array(capacity), this.count);
    this.phase = wider(new Uint8Array(capacity), this.phase);
    this.flags = wider(new Uint8Array(capacity), this.flags);
    this.deaths = wider(new Uint8Array(capacity), this.deaths);
    this.attempt = wider(new Uint16Array(capacity), this.attempt);
    this.generation = wider(new Int32Array(capacity), this.generation);
    this.worker = wider(new Int32Array(capacity), this.worker);
    this.run = wider(new Uint32Array(capacity), this.run);
    this.unmet = wider(new Int32Array(capacity), this.unmet);
    this.needers = wider(new Int32Array(capacity), this.needers);
    this.refs = wider(new Int32Array(capacity), this.refs);
    this.bytes = wider(new Uint32Array(capacity), this.bytes);
    this.micros = wider(new Float32Array(capacity), this.micros);
    this.edges = wider(new Int32Array(capacity), this.edges);
    this.next = wider(new Int32Array(capacity), this.next);
    this.previous = wider(new Int32Array(capacity), this.previous);
    this.#capacity = capacity;
  }
}
