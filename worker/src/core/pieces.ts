import type { Piece } from './state.ts';

/** The pieces that have not left, in no order. Each knows its place, so that it leaves without being searched for. */
export class Pieces implements Iterable<Piece> {
  readonly #items: Piece[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(piece: Piece): boolean {
    return this.#items[piece.place] === piece;
  }

  add(piece: Piece): void {
    piece.place = this.#items.length;
    this.#items.push(piece);
  }

  /** The last one takes its place. One that has left already is left alone. */
  delete(piece: Piece): void {
    if (!this.has(piece)) return;
    const { place } = piece;
    const last = this.#items.pop() as Piece;
    if (last === piece) return;
    this.#items[place] = last;
    last.place = place;
  }

  [Symbol.iterator](): IterableIterator<Piece> {
    return this.#items[Symbol.iterator]();
  }
}
