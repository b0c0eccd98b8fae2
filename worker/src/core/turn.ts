/** One step in the making: the state, and what is to be said and done at its end, gathered so that it leaves together. */
import {
  Data,
  Erred,
  ErredWhy,
  Finished,
  HandedBack,
  InputMissing,
  Limits,
  messageOf,
} from '@taskloom/protocol';
import type { Command, ThreadOrder } from './commands.ts';
import type { Missing } from './inputs.ts';
import type { Block, Rows, State } from './state.ts';

/** What is told in rows. */
const TOLD = {
  finished: Finished,
  erred: Erred,
  'handed-back': HandedBack,
  'input-missing': InputMissing,
  data: Data,
};
type Told = keyof typeof TOLD;
interface Table {
  readonly columns: number[][];
  readonly sections: Uint8Array[];
}

export class Turn {
  readonly state: State;
  readonly out: Command[];
  /** Whether the scheduler has room for results that ride along. */
  credit = true;
  /** Batches of which maybe nothing need be known any more. */
  readonly emptied = new Set<number>();
  readonly #tables = new Map<Told, Table>();
  readonly #orders = new Map<number, ThreadOrder[]>();
  #forgotten: number[] = [];

  constructor(state: State, out: Command[]) {
    this.state = state;
    this.out = out;
  }

  finished(block: Block, run: number, micros: number): void {
    const bytes = block.content.length;
    // Run 0 is what others made, of which the scheduler only has to know where it is.
    const inline = run !== 0 && this.credit && bytes <= Limits.inlineResultBytes;
    const row = [block.batch, block.first, block.count, run, bytes, Math.round(micros), inline ? 1 : 0];
    this.#row('finished', row, inline ? block.content : NOTHING);
  }

  erred(
    row: { batch: number; index: number; run: number; why: keyof typeof ErredWhy },
    error: Uint8Array,
  ): void {
    this.#row('erred', [row.batch, row.index, 1, row.run, ErredWhy[row.why]], error);
  }

  handedBack({ batch, first, end, run }: Rows): void {
    this.#row('handed-back', [batch, first, end - first, run]);
  }

  nothingHandedBack(): void {
    if (!this.#tables.has('handed-back'))
      this.#tables.set('handed-back', { columns: [[], [], [], []], sections: [] });
  }

  /** Tasks [first, end) of a batch wait in vain for what is missing. */
  inputMissing({ batch, first, end, run }: Rows, missing: Missing): void {
    this.#row('input-missing', [
      batch,
      first,
      end - first,
      run,
      missing.batch,
      missing.index,
      missing.holder,
    ]);
  }

  data(batch: number, first: number, count: number, content: Uint8Array | undefined): void {
    this.#row('data', [batch, first, count], content ?? NOTHING);
  }

  give(thread: number, order: ThreadOrder): void {
    const orders = this.#orders.get(thread);
    if (orders) orders.push(order);
    else this.#orders.set(thread, [order]);
  }

  mayBeEmpty(batch: number): void {
    this.emptied.add(batch);
  }

  forget(block: number): void {
    this.#forgotten.push(block);
  }

  /** Threads first: they are what must not wait. */
  close(): void {
    for (const [thread, orders] of this.#orders) this.out.push({ do: 'thread-run', thread, orders });
    if (this.#forgotten.length > 0) this.out.push({ do: 'forget', blocks: this.#forgotten });
    for (const [op, { columns, sections }] of this.#tables) {
      const told = columns.map((entries) => new Uint32Array(entries));
      this.out.push({ do: 'send', message: messageOf(TOLD[op], told, sections) });
    }
  }

  #row(op: Told, row: readonly number[], section?: Uint8Array): void {
    let table = this.#tables.get(op);
    if (!table) {
      table = { columns: row.map(() => []), sections: [] };
      this.#tables.set(op, table);
    }
    for (let i = 0; i < row.length; i++) table.columns[i]!.push(row[i] as number);
    if (section) table.sections.push(section);
  }
}

const NOTHING = new Uint8Array(0);
