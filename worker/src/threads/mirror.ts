/**
 * Owns: what a thread has been given, as its agent knows it.
 *
 * 1. What a thread has is not sent again; beyond what a shelf holds the longest unused is taken from it, but not the function in use.
 * 2. What a message makes the thread forget it forgets after it has read the orders in it, which keep what they need.
 * 3. A function of which some code is not here counts as not sent: its tasks fail, and when the code has come it is sent anew.
 */
import { IN_HEAP_BYTES } from '@taskloom/protocol/values';
import type { Fn } from '../core/index.ts';

export const SHELF_BYTES = 64 * 1024 * 1024;
export const SHELF_BLOCKS = 1_024;
export const SHELF_FUNCTIONS = 512;
/** What functions captured is among their bytes. */
export const SHELF_FUNCTION_BYTES = 64 * 1024 * 1024;

/** Bytes by hash, as the scheduler sent them. */
export type Code = ReadonlyMap<string, Uint8Array>;

export interface News {
  readonly sources: [hash: string, bytes: Uint8Array][];
  readonly functions: [fn: number, name: string, graph: Uint8Array][];
  readonly forget: number[];
  readonly forgetSources: string[];
  readonly forgetFunctions: number[];
  readonly blockIds: number[];
  readonly blocks: Uint8Array[];
}

interface Given {
  readonly ref: Fn['ref'];
  readonly bytes: number;
}

export class Mirror {
  readonly #code: Code;
  /** Each function that the thread has, the longest unused first. */
  readonly #functions = new Map<number, Given>();
  #functionBytes = 0;
  /** What the thread is to forget, unless it is given that again before it hears of it. */
  readonly #leaving = { functions: new Set<number>(), sources: new Set<string>() };
  #latest: number | undefined;
  readonly #sources = new Set<string>();
  /** Bytes of each block that the thread has, the longest unused first. */
  readonly #blocks = new Map<number, number>();
  #bytes = 0;
  #news: News = noNews();

  constructor(code: Code) {
    this.#code = code;
  }

  /** The thread will have this function. */
  function({ id, ref }: Fn): number {
    if (this.#latest === id) return id;
    this.#latest = id;
    const given = this.#functions.get(id);
    if (!given) return this.#sendFunction(id, ref);
    this.#functions.delete(id);
    this.#functions.set(id, given);
    return id;
  }

  /** The thread will have this block. */
  block(id: number, content: Uint8Array): number {
    const isThere = this.#blocks.delete(id);
    this.#blocks.set(id, content.length);
    if (isThere) return id;
    this.#bytes += content.length;
    this.#news.blockIds.push(id);
    this.#news.blocks.push(cloneable(content));
    return id;
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) this.#remove(id);
  }

  /** No task that needs this code is left. */
  forgetCode(hash: string): void {
    for (const [id, { ref }] of this.#functions)
      if (ref.graph === hash || ref.sources.includes(hash)) this.#removeFunction(id);
    if (this.#sources.delete(hash)) this.#leaving.sources.add(hash);
  }

  /** Whether the thread holds what it need not. */
  get hasExcess(): boolean {
    const { functions, sources } = this.#leaving;
    return this.#news.forget.length + functions.size + sources.size > 0;
  }

  /** All that has to be told before or with the orders of this message. */
  news(): News {
    this.#tidy();
    const news = this.#news;
    this.#news = noNews();
    const { functions, sources } = this.#leaving;
    if (functions.size + sources.size === 0) return news;
    news.forgetFunctions.push(...functions);
    news.forgetSources.push(...sources);
    functions.clear();
    sources.clear();
    return news;
  }

  #tidy(): void {
    for (const id of this.#blocks.keys()) {
      if (this.#bytes <= SHELF_BYTES && this.#blocks.size <= SHELF_BLOCKS) break;
      this.#remove(id);
    }
    for (const id of this.#functions.keys()) {
      const fits = this.#functionBytes <= SHELF_FUNCTION_BYTES && this.#functions.size <= SHELF_FUNCTIONS;
      if (fits || id === this.#latest) break;
      this.#removeFunction(id);
    }
  }

  #sendFunction(id: number, ref: Fn['ref']): number {
    for (const hash of ref.sources) this.#source(hash);
    const graph = cloneable(this.#code.get(ref.graph) ?? new Uint8Array(0));
    this.#news.functions.push([id, ref.name, graph]);
    this.#functions.set(id, { ref, bytes: graph.length });
    this.#functionBytes += graph.length;
    this.#leaving.functions.delete(id);
    if (![ref.graph, ...ref.sources].every((hash) => this.#code.has(hash))) this.#removeFunction(id);
    return id;
  }

  #removeFunction(id: number): void {
    const given = this.#functions.get(id);
    if (!given) return;
    this.#functions.delete(id);
    this.#functionBytes -= given.bytes;
    this.#leaving.functions.add(id);
    if (this.#latest === id) this.#latest = undefined;
  }

  #source(hash: string): void {
    const bytes = this.#code.get(hash);
    if (bytes === undefined || this.#sources.has(hash)) return;
    this.#sources.add(hash);
    this.#leaving.sources.delete(hash);
    this.#news.sources.push([hash, cloneable(bytes)]);
  }

  #remove(id: number): void {
    const bytes = this.#blocks.get(id);
    if (bytes === undefined) return;
    this.#blocks.delete(id);
    this.#bytes -= bytes;
    this.#news.forget.push(id);
  }
}

function noNews(): News {
  return {
    sources: [], functions: [], forget: [], forgetSources: [], forgetFunctions: [], blockIds: [], blocks: [],
  }; // biome-ignore format: a record
}

/** Posting clones all the memory that a view is of; shared memory is not cloned. */
function cloneable(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= IN_HEAP_BYTES) return bytes.slice();
  if (bytes.buffer instanceof SharedArrayBuffer || bytes.byteLength === bytes.buffer.byteLength) return bytes;
  return new Uint8Array(bytes);
}
