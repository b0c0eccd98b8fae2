/**
 * The last rows of a terminal, which are written again when they change.
 *
 * 1. All that is shown on one stream is drawn together, so that two of them do not write over each other.
 * 2. What tasks print goes above the rows (`aboveRows`). The cursor is below them, at the start of a line.
 */
import { writeQuietly } from './quiet-write.ts';

export interface ProgressStream {
  readonly isTTY?: boolean;
  /** Of a terminal: its width and height. */
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** What to show, as it is now. */
export type Rows = () => readonly string[];

/** Rows are drawn no more often than this. */
const REDRAW_MS = 100;

/** Those that show something. */
const terminals = new Map<ProgressStream, Terminal>();

export function terminalOf(stream: ProgressStream): Terminal {
  return terminals.get(stream) ?? new Terminal(stream);
}

/** Calls `write`, which writes whole lines to a terminal, with the rows out of its way. */
export function aboveRows(write: () => void): void {
  for (const terminal of terminals.values()) terminal.erase();
  write();
  for (const terminal of terminals.values()) terminal.draw();
}

export class Terminal {
  readonly #stream: ProgressStream;
  readonly #shown = new Set<Rows>();
  /** Rows above the cursor that are ours. */
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  show(rows: Rows): void {
    this.#shown.add(rows);
    terminals.set(this.#stream, this);
    this.draw();
  }

  /** What is shown has changed: it is drawn soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.draw(), REDRAW_MS).unref();
  }

  /** These stay as they are now, above those that still change. */
  leave(rows: Rows): void {
    if (!this.#shown.delete(rows)) return;
    this.erase();
    this.#write(rows());
    if (this.#shown.size === 0) terminals.delete(this.#stream);
    this.draw();
  }

  erase(): void {
    if (this.#drawn === 0) return;
    // To the start of the first of our rows; all from there on is cleared.
    writeQuietly(this.#stream, `\x1b[${this.#drawn}F\x1b[J`);
    this.#drawn = 0;
  }

  draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.erase();
    const rows = this.#fitting([...this.#shown].flatMap((shown) => shown()));
    this.#write(rows);
    this.#drawn = rows.length;
  }

  /** Rows that have scrolled away could not be drawn again. */
  #fitting(rows: readonly string[]): readonly string[] {
    const most = Math.max(1, (this.#stream.rows ?? Number.POSITIVE_INFINITY) - 1);
    if (rows.length <= most) return rows;
    return [...rows.slice(0, most - 1), `... and ${rows.length - most + 1} more`];
  }

  #write(rows: readonly string[]): void {
    if (rows.length === 0) return;
    // A row that is wrapped would be two.
    const width = this.#stream.columns || Number.POSITIVE_INFINITY;
    writeQuietly(this.#stream, rows.map((row) => `${row.slice(0, width)}\n`).join(''));
  }
}
