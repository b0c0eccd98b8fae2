/** The tasks that the rows of one batch need, collected while arguments are encoded, as the columns of `submit`. */

/** Of what a batch needs, most columns are empty. */
export const NO_ENTRIES = new Uint32Array(0);

export class Dependencies {
  /** (row, first, count) of each, in the order they were met. */
  readonly #met: number[] = [];

  add(row: number, first: number, count: number): void {
    this.#met.push(row, first, count);
  }

  /** depStart, depFirst and depCount. */
  columns(rows: number): [Uint32Array, Uint32Array, Uint32Array] {
    const met = this.#met;
    if (met.length === 0) return [NO_ENTRIES, NO_ENTRIES, NO_ENTRIES];
    const entries = met.length / 3;
    const depStart = new Uint32Array(rows + 1);
    const depFirst = new Uint32Array(entries);
    const depCount = new Uint32Array(entries);
    for (let at = 0; at < met.length; at += 3) depStart[met[at]! + 1]!++;
    for (let row = 0; row < depStart.length - 1; row++) depStart[row + 1]! += depStart[row]!;
    const next = depStart.slice();
    for (let at = 0; at < met.length; at += 3) {
      const slot = next[met[at]!]!++;
      depFirst[slot] = met[at + 1]!;
      depCount[slot] = met[at + 2]!;
    }
    return [depStart, depFirst, depCount];
  }
}
