/**
 * Who waits for whom, in compressed rows: each piece has a list of edges to the pieces that need it. An edge to a whole batch
 * (an input that every task of it shares) is stored as ~slot of the batch. Owns the rows of edges.
 *
 * 1. An edge whose target was forgotten is dead: its generation differs. Dead edges are swept when they outnumber the living.
 */
import { NONE, type Pieces } from './pieces.ts';

/** An edge is three cells side by side, so that looking at one fetches one line of memory. */
const WIDTH = 3;
const TARGET = 0;
const GENERATION = 1;
const NEXT = 2;

export class Edges {
  #cells = new Int32Array(WIDTH * 64);
  #used = 0;
  #free = NONE;

  add(pieces: Pieces, from: number, target: number): void {
    const e = this.#allocate();
    const cells = this.#cells;
    cells[e + TARGET] = target;
    cells[e + GENERATION] = target >= 0 ? (pieces.generation[target] as number) : 0;
    cells[e + NEXT] = pieces.edges[from] as number;
    pieces.edges[from] = e;
  }

  /** The next living edge from `e` on, NONE at the end. Start with `pieces.edges[p]`. */
  living(pieces: Pieces, e: number): number {
    let at = e;
    while (at !== NONE && this.#isDead(pieces, at)) at = this.#cells[at + NEXT] as number;
    return at;
  }

  target(e: number): number {
    return this.#cells[e + TARGET] as number;
  }

  after(e: number): number {
    return this.#cells[e + NEXT] as number;
  }

  copy(pieces: Pieces, from: number, to: number): void {
    for (
      let e = this.living(pieces, pieces.edges[from] as number);
      e !== NONE;
      e = this.living(pieces, this.after(e))
    ) {
      this.add(pieces, to, this.target(e));
    }
  }

  /** Drops dead edges of `p`, and edges to the batch `gone` if one is given. */
  sweep(pieces: Pieces, p: number, gone: number = NONE): void {
    let kept = NONE;
    for (let e = pieces.edges[p] as number; e !== NONE; ) {
      const next = this.after(e);
      if (this.#isDead(pieces, e) || (gone !== NONE && this.target(e) === ~gone)) this.#release(e);
      else {
        this.#cells[e + NEXT] = kept;
        kept = e;
      }
      e = next;
    }
    pieces.edges[p] = kept;
  }

  releaseAll(pieces: Pieces, p: number): void {
    for (let e = pieces.edges[p] as number; e !== NONE; ) {
      const next = this.after(e);
      this.#release(e);
      e = next;
    }
    pieces.edges[p] = NONE;
  }

  #isDead(pieces: Pieces, e: number): boolean {
    const target = this.#cells[e + TARGET] as number;
    return target >= 0 && pieces.generation[target] !== this.#cells[e + GENERATION];
  }

  #release(e: number): void {
    this.#cells[e + NEXT] = this.#free;
    this.#free = e;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const e = this.#free;
      this.#free = this.after(e);
      return e;
    }
    if (this.#used === this.#cells.length) {
      const wider = new Int32Array(this.#cells.length * 2);
      wider.set(this.#cells);
      this.#cells = wider;
    }
    this.#used += WIDTH;
    return this.#used - WIDTH;
  }
}
