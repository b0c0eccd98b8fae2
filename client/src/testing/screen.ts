/** A terminal as a person sees it: what was written, with the cursor moved and lines cleared as it was told. */
export class Screen {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  /** All lines there ever were; those above the last `rows` have scrolled away. */
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told with
    for (const [piece, up, clear] of text.matchAll(/\x1b\[(\d+)F|(\x1b\[J)|[^\x1b]/g)) {
      if (up) this.#up(Number(up));
      else if (clear) this.#clear();
      else this.#put(piece);
    }
  }

  /** What is to be seen, scrolled up where somebody looks for what went away. */
  get seen(): string[] {
    return this.#lines.slice(0, this.#lines.at(-1) === '' ? -1 : undefined);
  }

  #up(rows: number): void {
    const top = Math.max(0, this.#lines.length - this.rows);
    this.#row = Math.max(top, this.#row - rows);
    this.#column = 0;
  }

  #clear(): void {
    this.#lines = this.#lines.slice(0, this.#row + 1);
    this.#lines[this.#row] = (this.#lines[this.#row] as string).slice(0, this.#column);
  }

  #put(character: string): void {
    if (character === '\n') return this.#nextLine();
    if (this.#column === this.columns) this.#nextLine();
    const line = this.#lines[this.#row] as string;
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  #nextLine(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push('');
  }
}
