/** Rows of the messages that the scheduler sends, collected during a step: written row by row, taken column by column, in the order of the message. */
import { columnsOf } from '@taskloom/protocol';

/** Most columns are empty most of the time. */
const NO_ENTRIES = new Uint32Array(0);

/** What most messages are about. */
const SMALLEST = 8;

abstract class Rows {
  length = 0;
  protected cells: Uint32Array;
  readonly #width: number;
  readonly #empty: Uint32Array[];

  constructor(width: number) {
    this.#width = width;
    this.#empty = Array.from({ length: width }, () => NO_ENTRIES);
    this.cells = new Uint32Array(width * SMALLEST);
  }

  /** Where the cells of a new row begin. */
  protected next(): number {
    const at = this.length++ * this.#width;
    if (at === this.cells.length) this.#grow();
    return at;
  }

  /** The columns of all rows since the last take. */
  take(): readonly Uint32Array[] {
    const width = this.#width;
    const { length, cells } = this;
    if (length === 0) return this.#empty;
    this.length = 0;
    return columnsOf(cells, width, length);
  }

  #grow(): void {
    const wider = new Uint32Array(this.cells.length * 2);
    wider.set(this.cells);
    this.cells = wider;
  }
}

export class Batches extends Rows {
  constructor() {
    super(1);
  }

  add(batch: number): void {
    // `next` may put other cells in their place.
    const at = this.next();
    this.cells[at] = batch;
  }
}

/** Batches that a worker does not know yet, and which order each has. */
export class NewBatches extends Rows {
  constructor() {
    super(2);
  }

  add(batch: number, order: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = order;
  }
}

export class Ranges extends Rows {
  constructor() {
    super(2);
  }

  add(first: number, count: number): void {
    const at = this.next();
    this.cells[at] = first;
    this.cells[at + 1] = count;
  }
}

export class MergedRanges extends Ranges {
  /** Makes the last row longer, if these tasks are right before it or behind it. */
  merge(first: number, count: number): boolean {
    const at = 2 * this.length - 2;
    if (at < 0) return false;
    const last = this.cells[at] as number;
    const lastCount = this.cells[at + 1] as number;
    if (last + lastCount !== first && first + count !== last) return false;
    this.cells[at] = Math.min(first, last);
    this.cells[at + 1] = lastCount + count;
    return true;
  }
}

export class BatchRanges extends Rows {
  constructor() {
    super(3);
  }

  add(batch: number, first: number, count: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = first;
    this.cells[at + 2] = count;
  }
}

export class Blocks extends Rows {
  constructor() {
    super(3);
  }

  add(batch: number, first: number, rows: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = first;
    this.cells[at + 2] = rows;
  }
}

export class RunRanges extends Rows {
  constructor() {
    super(4);
  }

  add(batch: number, first: number, count: number, run: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = first;
    this.cells[at + 2] = count;
    this.cells[at + 3] = run;
  }
}

export class HeldRanges extends Rows {
  constructor() {
    super(4);
  }

  add(batch: number, first: number, count: number, holder: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = first;
    this.cells[at + 2] = count;
    this.cells[at + 3] = holder;
  }
}

export class Puts extends Rows {
  constructor() {
    super(4);
  }

  add(task: number, worker: number, batch: number, index: number): void {
    const at = this.next();
    this.cells[at] = task;
    this.cells[at + 1] = worker;
    this.cells[at + 2] = batch;
    this.cells[at + 3] = index;
  }
}

type C = Uint32Array;

/** Tasks to run; `inputsBefore` rows of inputs belong to those before. */
export class Runs extends Rows {
  constructor() {
    super(6);
  }

  add(batch: number, first: number, count: number, run: number, attempt: number, inputsBefore: number): void {
    const at = this.next();
    this.cells[at] = batch;
    this.cells[at + 1] = first;
    this.cells[at + 2] = count;
    this.cells[at + 3] = run;
    this.cells[at + 4] = attempt;
    this.cells[at + 5] = inputsBefore;
  }

  /** `inputs`: rows of inputs of them all. The last column are offsets into these. */
  override take(inputs = 0): readonly Uint32Array[] {
    const [batch, first, count, run, attempt, before] = super.take() as [C, C, C, C, C, C];
    let starts = NO_ENTRIES;
    if (inputs > 0) {
      starts = new Uint32Array(before.length + 1);
      starts.set(before);
      starts[before.length] = inputs;
    }
    return [batch, first, count, run, attempt, starts];
  }
}

export class Inputs extends Rows {
  constructor() {
    super(5);
  }

  add(task: number, count: number, from: number, index: number, holder: number): void {
    const at = this.next();
    this.cells[at] = task;
    this.cells[at + 1] = count;
    this.cells[at + 2] = from;
    this.cells[at + 3] = index;
    this.cells[at + 4] = holder;
  }
}

export class Places extends Rows {
  constructor() {
    super(6);
  }

  add(first: number, count: number, worker: number, batch: number, index: number, bytes: number): void {
    const at = this.next();
    this.cells[at] = first;
    this.cells[at + 1] = count;
    this.cells[at + 2] = worker;
    this.cells[at + 3] = batch;
    this.cells[at + 4] = index;
    this.cells[at + 5] = bytes;
  }
}
