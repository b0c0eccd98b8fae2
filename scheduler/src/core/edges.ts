/**
 * Who waits for whom, in compressed rows: each piece has a list of edges to the pieces that need it. An edge to a whole batch
 * (an input that every task of it shares) is stored as ~slot of the batch. Owns the rows of edges.
 *
 * 1. An edge whose target was forgotten is dead: its generation differs. Dead edges are swept when they outnumber the living.
 */
import { NONE, type Pieces } from './pieces.ts';

export class Edges {
  #target = new Int32Array(64);
  #generation = new Uint32Array(64);
  #next = new Int32Array(64);
  #used = 0;
  #free = NONE;

  add(pieces: Pieces, from: number, target: number): void {
    const e = this.#allocate();
    this.#target[e] = target;
    this.#generation[e] = target >= 0 ? (pieces.generation[target] as number) : 0;
    this.#next[e] = pieces.edges[from] as number;
    pieces.edges[from] = e;
  }

  /** The next living edge from `e` on, NONE at the end. Start with `pieces.edges[p]`. */
  living(pieces: Pieces, e: number): number {
    let at = e;
    while (at !== NONE && this.#isDead(pieces, at)) at = this.#next[at] as number;
    return at;
  }

  target(e: number): number {
    return this.#target[e] as number;
  }

  after(e: number): number {
    return this.#next[e] as number;
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
      const next = this.#next[e] as number;
      if (this.#isDead(pieces, e) || (gone !== NONE && this.#target[e] === ~gone)) this.#release(e);
      else {
        this.#next[e] = kept;
        kept = e;
      }
      e = next;
    }
    pieces.edges[p] = kept;
  }

  releaseAll(pieces: Pieces, p: number): void {
    for (let e = pieces.edges[p] as number; e !== NONE; ) {
      const next = this.#next[e] as number;
      this.#release(e);
      e = next;
    }
    pieces.edges[p] = NONE;
  }

  #isDead(pieces: Pieces, e: number): boolean {
    const target = this.#target[e] as number;
    return target >= 0 && pieces.generation[target] !== this.#generation[e];
  }

  #release(e: number): void {
    this.#next[e] = this.#free;
    this.#free = e;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const e = this.#free;
      this.#free = this.#next[e] as number;
      return e;
    }
    if (this.#used === this.#target.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const capacity = this.#target.length * 2;
    const target = new Int32Array(capacity);
    const generation = new Uint32Array(capacity);
    const next = new Int32Array(capacity);
    target.set(this.#target);
    generation.set(this.#generation);
    next.set(this.#next);
    this.#target = target;
    this.#generation = generation;
    this.#next = next;
  }
}
