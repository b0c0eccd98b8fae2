import type { Block, OnRefused } from './block.ts';
import { TravelError } from './errors.ts';
import { reportFutures } from './futures.ts';
import { graphCodec } from './graph.ts';
import { Inspection } from './inspection.ts';
import { BLOCK_BYTES } from './limits.ts';
import { partsLength } from './parts.ts';
import type { Parts } from './port.ts';
import { reasonAgainst } from './refusal.ts';
import { encodeOther } from './value.ts';

/** A guess at what a function or an instance needs beside its data. */
const GRAPH_BYTES = 256;

/**
 * Consecutive results that msgpack does not keep, until a row comes that it keeps or there are enough for a block.
 * Sizes are guessed beforehand; a group that proves too large, or has a row that cannot travel, is halved.
 */
export class OtherRows {
  readonly #blocks: Block[];
  readonly #onRefused: OnRefused;
  readonly #root: string;
  #first = 0;
  #rows: unknown[] = [];
  #bytes = 0;
  #needsGraph = false;
  /** The row that was encoded last filled a block by itself: so may the next, mostly with the same class. */
  #alone = false;

  /** `root`: what a row is called in the error that refuses it. */
  constructor(blocks: Block[], onRefused: OnRefused, root: string) {
    this.#root = root;
    this.#blocks = blocks;
    this.#onRefused = onRefused;
  }

  get pending(): boolean {
    return this.#rows.length > 0;
  }

  add(row: number, value: unknown): void {
    const size = this.#examine(row, value);
    if (size === undefined) return;
    if (this.#bytes + size >= BLOCK_BYTES) this.flush();
    if (this.#rows.length === 0) this.#first = row;
    this.#rows.push(value);
    this.#bytes += size;
  }

  flush(): void {
    const rows = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    if (rows.length > 0) this.#encode(this.#first, rows);
  }

  /** About how many bytes the row will have; undefined when it is refused. Flushes when it cannot join the waiting rows. */
  #examine(row: number, value: unknown): number | undefined {
    try {
      const { culprit, bytes, futures, futurePath } = new Inspection(value, [this.#root]);
      reportFutures(futures, undefined, row, futurePath);
      const needsGraph = culprit !== undefined;
      if (needsGraph && graphCodec() === undefined)
        throw new TravelError(culprit.path, reasonAgainst(culprit.value));
      if (needsGraph !== this.#needsGraph) this.flush();
      this.#needsGraph = needsGraph;
      return needsGraph ? bytes + GRAPH_BYTES : bytes;
    } catch (error) {
      this.flush();
      this.#onRefused(row, travelErrorOf(error, this.#root));
      return undefined;
    }
  }

  /** Halves cost as many encodings again as there are rows when none of them has room for another. */
  #encode(first: number, rows: readonly unknown[]): void {
    let done = 0;
    for (; this.#alone && done < rows.length - 1; done += 1)
      this.#encodeGroup(first + done, rows.slice(done, done + 1));
    this.#encodeGroup(first + done, done === 0 ? rows : rows.slice(done));
  }

  #encodeGroup(first: number, rows: readonly unknown[]): void {
    const parts = this.#tryEncode(first, rows);
    if (parts === undefined) return;
    if (parts !== 'halve') this.#blocks.push({ first, count: rows.length, parts });
    else {
      const half = rows.length >> 1;
      this.#encode(first, rows.slice(0, half));
      this.#encode(first + half, rows.slice(half));
    }
  }

  #tryEncode(first: number, rows: readonly unknown[]): Parts | 'halve' | undefined {
    try {
      const parts = encodeOther(rows, undefined, 0, this.#root);
      const isFull = partsLength(parts) >= BLOCK_BYTES;
      if (isFull && rows.length > 1) return 'halve';
      this.#alone = isFull;
      return parts;
    } catch (error) {
      if (rows.length > 1) return 'halve';
      this.#onRefused(first, refusalOf(rows[0], error, this.#root));
      return undefined;
    }
  }
}

/** Said of the row itself: in the error that is at hand, the path begins with its place in an array. */
function refusalOf(value: unknown, error: unknown, root: string): TravelError {
  try {
    encodeOther(value, undefined, 0, root);
  } catch (ofValue) {
    return travelErrorOf(ofValue, root);
  }
  return travelErrorOf(error, root);
}

/** A getter of the user's may throw anything. */
function travelErrorOf(error: unknown, root: string): TravelError {
  if (error instanceof TravelError) return error;
  return new TravelError(
    [root],
    `reading it failed: ${error instanceof Error ? error.message : String(error)}`,
  );
}
