/** One step in the making: the state, and what is to be said and done at its end, gathered so that it leaves together. */
import {
  columnsOf,
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
  readonly told: Told;
  /** Row by row. */
  cells: number[];
  readonly sections: Uint8Array[];
}
interface Given {
  readonly thread: number;
  readonly orders: ThreadOrder[];
}

/** Most turns say one thing about one batch: short lists are searched faster than maps are made. */
export class Turn {
  readonly state: State;
  readonly out: Command[];
  /** Whether the scheduler has room for results that ride along. */
  credit = true;
  /** Batches of which maybe nothing need be known any more. */
  readonly emptied: number[] = [];
  readonly #tables: Table[] = [];
  readonly #given: Given[] = [];
  #forgotten: number[] = [];

  constructor(state: State, out: Command[]) {
    this.state = state;
    this.out = out;
  }

  finished(block: Block, run: number, micros: number): void {
    const bytes = block.content.length;
    // Run 0 is what others made, of which the scheduler only has to know where it is.
    const inline = run !== 0 && this.credit && bytes <= Limits.inlineResultBytes;
    // A column counts up to 71 minutes.
    const most = Math.min(Math.round(micros), 0xffff_ffff);
    const row = [block.batch, block.first, block.count, run, bytes, most, inline ? 1 : 0];
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
    this.#table('handed-back');
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
    const given = this.#given.find((each) => each.thread === thread);
    if (given) given.orders.push(order);
    else this.#given.push({ thread, orders: [order] });
  }

  mayBeEmpty(batch: number): void {
    if (this.emptied.at(-1) !== batch) this.emptied.push(batch);
  }

  forget(block: number): void {
    this.#forgotten.push(block);
  }

  /** Threads first: they are what must not wait. */
  close(): void {
    for (const { thread, orders } of this.#given) this.out.push({ do: 'thread-run', thread, orders });
    if (this.#forgotten.length > 0) this.out.push({ do: 'forget', blocks: this.#forgotten });
    for (const { told, cells, sections } of this.#tables) {
      const width = TOLD[told].columns.length;
      const columns = columnsOf(cells, width, cells.length / width);
      this.out.push({ do: 'send', message: messageOf(TOLD[told], columns, sections) });
    }
  }

  #row(told: Told, row: number[], section?: Uint8Array): void {
    const table = this.#table(told);
    if (table.cells.length === 0) table.cells = row;
    else for (let i = 0; i < row.length; i++) table.cells.push(row[i]!);
    if (section) table.sections.push(section);
  }

  #table(told: Told): Table {
    for (const table of this.#tables) if (table.told === told) return table;
    const table = { told, cells: [], sections: [] };
    this.#tables.push(table);
    return table;
  }
}

const NOTHING = new Uint8Array(0);
