/**
 * Owns: the functions that this thread has made from their bytes.
 *
 * 1. A function is made once, from its graph; one that captured futures once for each batch, since only within a batch the
 *    same number stands for the same future.
 */
import { type Loaded, loadFunction, prepareFunction } from '@taskloom/protocol/functions/load';
import type { DecodeContext } from '@taskloom/protocol/values';

/** Functions kept made; another is made from its bytes again when it is called again. */
const MADE = 512;

export interface Source {
  readonly name: string;
  readonly graph: Uint8Array;
}
type Resolve = (task: number) => unknown;

interface Made {
  readonly call: Loaded;
  /** What it captured of futures, by their numbers. */
  readonly captured: Map<number, { value: unknown }>;
}

export class Functions {
  readonly #sources = new Map<number, Source>();
  readonly #texts = new Map<string, string>();
  readonly #made = new Map<string, Made>();
  readonly #prepared = new Set<number>();
  readonly #broken = new Map<number, unknown>();
  readonly #capturing = new Set<number>();
  readonly #context: DecodeContext;

  constructor(context: DecodeContext) {
    this.#context = { ...context, source: (hash) => this.#text(hash) };
  }

  addText(hash: string, bytes: Uint8Array): void {
    this.#texts.set(hash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  }

  add(fn: number, source: Source): void {
    this.#sources.set(fn, source);
  }

  nameOf(fn: number): string {
    return this.#source(fn).name;
  }

  /** Imports what the function needs; undefined when there is nothing to wait for. `get` throws what went wrong. */
  prepare(fn: number): Promise<void> | undefined {
    if (this.#prepared.has(fn)) return undefined;
    this.#prepared.add(fn);
    return prepareFunction(this.#source(fn).graph, this.#context)?.catch((error: unknown) => {
      this.#broken.set(fn, error);
    });
  }

  /** `resolve` gives the values of futures that the function captured. */
  get(fn: number, batch: number, resolve: Resolve): Loaded {
    if (this.#broken.has(fn)) throw this.#broken.get(fn);
    const key = this.#capturing.has(fn) ? `${fn} ${batch}` : `${fn}`;
    const made = this.#made.get(key) ?? this.#make(fn, batch, resolve);
    for (const [task, stand] of made.captured) stand.value = resolve(task);
    return made.call;
  }

  #make(fn: number, batch: number, resolve: Resolve): Made {
    const captured = new Map<number, { value: unknown }>();
    const call = loadFunction(this.#source(fn).graph, {
      ...this.#context,
      captured: (task) => {
        const stand = captured.get(task) ?? new ResolvedFuture(resolve(task));
        captured.set(task, stand);
        return stand;
      },
    });
    if (captured.size > 0) this.#capturing.add(fn);
    const made = { call, captured };
    this.#keep(captured.size > 0 ? `${fn} ${batch}` : `${fn}`, made);
    return made;
  }

  #keep(key: string, made: Made): void {
    if (this.#made.size >= MADE) {
      for (const oldest of this.#made.keys()) {
        this.#made.delete(oldest);
        break;
      }
    }
    this.#made.set(key, made);
  }

  #source(fn: number): Source {
    const source = this.#sources.get(fn);
    if (!source) throw new Error(`the thread was not given function ${fn}`);
    return source;
  }

  #text(hash: string): string {
    const text = this.#texts.get(hash);
    if (text === undefined)
      throw new Error(`the code ${hash} did not reach this worker: restart the scheduler and its workers`);
    return text;
  }
}

/** What stands where a future was captured: its value is here already. */
class ResolvedFuture {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  // biome-ignore lint/suspicious/noThenProperty: a future may be awaited
  then<A, B>(
    met?: ((value: unknown) => A | PromiseLike<A>) | null,
    broken?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<unknown> {
    return Promise.resolve(this.value).then(met, broken);
  }
}
