/**
 * Owns: the functions that this thread has made from their bytes.
 *
 * 1. A function is made once, from its graph; one that captured futures once for each batch, since only within a batch the
 *    same number stands for the same future.
 */
import { type Loaded, loadFunction, prepareFunction } from '@taskloom/protocol/functions/load';
import { type DecodeContext, RESOLVED, type ResolvedLike } from '@taskloom/protocol/values';

/** Batches for which a function with captured futures is kept made. */
const BATCHES = 16;

type Resolve = (task: number) => unknown;

interface Made {
  readonly call: Loaded;
  /** What it captured of futures, by their numbers. */
  readonly captured: Map<number, ResolvedFuture>;
}

export class Functions {
  readonly #functions = new Map<number, TaskFunction>();
  readonly #texts = new Map<string, string>();
  readonly #context: DecodeContext;

  constructor(context: DecodeContext) {
    this.#context = { ...context, source: (hash) => this.#text(hash) };
  }

  addText(hash: string, bytes: Uint8Array): void {
    this.#texts.set(hash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  }

  forgetText(hash: string): void {
    this.#texts.delete(hash);
  }

  add(fn: number, name: string, graph: Uint8Array): void {
    this.#functions.set(fn, new TaskFunction(name, graph, this.#context));
  }

  forget(fn: number): void {
    this.#functions.delete(fn);
  }

  get(fn: number): TaskFunction {
    const known = this.#functions.get(fn);
    if (!known) throw new Error(`the thread was not given function ${fn}`);
    return known;
  }

  #text(hash: string): string {
    const text = this.#texts.get(hash);
    if (text !== undefined) return text;
    throw notHere(`the code ${hash}`);
  }
}

export class TaskFunction {
  readonly name: string;
  readonly #graph: Uint8Array;
  readonly #context: DecodeContext;
  #isPrepared = false;
  #broken: { readonly error: unknown } | undefined;
  #made: Made | undefined;
  readonly #madeFor = new Map<number, Made>();

  constructor(name: string, graph: Uint8Array, context: DecodeContext) {
    this.name = name;
    this.#graph = graph;
    this.#context = context;
  }

  /** Imports what the function needs; undefined when there is nothing to wait for. `get` throws what went wrong. */
  prepare(): Promise<void> | undefined {
    if (this.#isPrepared) return undefined;
    this.#isPrepared = true;
    if (this.#graph.length === 0) return undefined;
    return prepareFunction(this.#graph, this.#context)?.catch((error: unknown) => {
      this.#broken = { error };
    });
  }

  /** `resolve` gives the values of futures that the function captured. */
  get(batch: number, resolve: Resolve): Loaded {
    if (this.#broken) throw this.#broken.error;
    if (this.#graph.length === 0) throw notHere(`the code of ${this.name}`);
    const made = this.#made ?? this.#madeFor.get(batch) ?? this.#make(batch, resolve);
    for (const [task, stand] of made.captured) stand.value = resolve(task);
    return made.call;
  }

  #make(batch: number, resolve: Resolve): Made {
    const captured = new Map<number, ResolvedFuture>();
    const call = loadFunction(this.#graph, {
      ...this.#context,
      captured: (task) => {
        const stand = captured.get(task) ?? new ResolvedFuture(resolve(task));
        captured.set(task, stand);
        return stand;
      },
    });
    const made = { call, captured };
    if (captured.size === 0) this.#made = made;
    else {
      const [oldest] = this.#madeFor.keys();
      if (this.#madeFor.size >= BATCHES && oldest !== undefined) this.#madeFor.delete(oldest);
      this.#madeFor.set(batch, made);
    }
    return made;
  }
}

function notHere(what: string): Error {
  return new Error(
    `${what} did not reach this worker: submit it again, from a new client if that does not help`,
  );
}

/** What stands where a future was captured: its value is here already, and what can be asked of a future is answered by it. */
export class ResolvedFuture implements ResolvedLike {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  get [RESOLVED](): true {
    return true;
  }

  get status(): string {
    return 'done';
  }

  result(): Promise<unknown> {
    return Promise.resolve(this.value);
  }

  exception(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  // biome-ignore lint/suspicious/noThenProperty: a future may be awaited
  then<A, B>(
    met?: ((value: unknown) => A | PromiseLike<A>) | null,
    broken?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<unknown> {
    return this.result().then(met, broken);
  }

  catch<B>(broken?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.result().catch(broken);
  }

  finally(settled?: (() => void) | null): Promise<unknown> {
    return this.result().finally(settled);
  }

  /** Its task has ended. */
  cancel(): void {}

  /** The script that made the future holds its result, and gives it back. */
  release(): void {}
}
