/**
 * Keeps a cache equal to what the API server has: a list, then a watch from where the list ended, for ever.
 *
 * 1. Whatever is dropped, doubled, refused, cut in half or silent, the cache becomes equal again by itself.
 * 2. Nothing older than what was heard is taken: a doubled event cannot bring back the dead.
 * 3. At most one request is open; after `stop()` none is, and the cache does not change.
 * 4. Changes are told in order, after the cache shows them; those that a relist finds are told like any other.
 */
import { Backoff } from '../backoff.ts';
import { type Clock, Silence, sleep, systemClock } from '../clock.ts';
import { ApiError, isApiError } from '../errors.ts';
import { type KubeObject, keyOf, type Page } from '../objects.ts';
import { Cache, type Change, type Index, withoutManagedFields } from './cache.ts';
import { isNewer, type WatchEvent, watchEventOf } from './events.ts';
import { linesOf } from './lines.ts';

/** Where a collection comes from. Both must heed the signal. */
export interface Source<T extends KubeObject> {
  /** For people: what is listed and watched. */
  readonly what: string;
  list(
    page: { readonly limit?: number | undefined; readonly continue?: string | undefined },
    signal: AbortSignal,
  ): Promise<Page<T>>;
  watch(
    from: { readonly resourceVersion: string; readonly timeoutSeconds: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly source: Source<T>;
  readonly indexes?: Readonly<Record<string, Index<T>>>;
  /** What is kept of an object (all but its managed fields). */
  readonly keep?: (object: T) => T;
  readonly changed?: (change: Change<T>) => void;
  /** Why a list or watch ended before its time, and when the next is tried. */
  readonly troubled?: (trouble: { readonly error: ApiError; readonly waitMs: number }) => void;
  readonly observe?: (request: 'list' | 'watch') => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** As client-go: large collections in pages. */
const PAGE = 500;
/** As client-go: a watch is asked to end after 5 to 10 minutes, so that connections spread over servers again. */
const WATCH_SECONDS = 300;
/**
 * Bookmarks come about once a minute when nothing else does. Longer silence is a connection that died without a word, or a server that was
 * put back to an earlier state and waits for our version to come: after it the collection is listed anew.
 */
const STALL_MS = 90_000;
/** The server has this long for a page, in milliseconds. */
const LIST_MS = 30_000;
/** A watch that ends sooner than this and brought nothing is no better than a refused one, in milliseconds. */
const SHORT_MS = 1_000;
/** A watch that lasted this long shows that the server is well, in milliseconds. */
const STEADY_MS = 10_000;

export class Reflector<T extends KubeObject> {
  readonly cache: Cache<T>;
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #keep: (object: T) => T;
  /** When the first list is in the cache. */
  readonly synced: Promise<void>;
  #resolveSynced: () => void = () => {};
  /** Up to where we have heard; nothing before the first list and after being told that it is too old. */
  #version: string | undefined;
  #stalled: ApiError | undefined;
  #synced = false;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #again = new AbortController();
  readonly #relisted = new Set<() => void>();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#keep = options.keep ?? withoutManagedFields;
    this.#backoff = new Backoff({ firstMs: 200, mostMs: 30_000, random: this.#random });
    this.cache = new Cache(options.indexes);
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get what(): string {
    return this.#options.source.what;
  }

  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Runs until `stop()`. The promise fails only if `changed` throws, which is a bug of its owner. */
  start(): Promise<void> {
    if (this.#running) throw new Error(`the reflector of ${this.#options.source.what} runs already`);
    const stop = new AbortController();
    const ended = this.#run(stop.signal);
    this.#running = { stop, ended: ended.catch(() => {}) };
    return ended;
  }

  /** Resolves when no request is open any more. May be started again: it goes on from where it was. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.stop.abort(new Error('stopped'));
    await running.ended;
    if (this.#running === running) this.#running = undefined;
  }

  /**
   * For somebody who knows that the cache has missed something: list anew, now. Resolves when that is in the cache, which may take as long
   * as the server is away; fails when the signal says that it takes too long.
   */
  async relist(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#version = undefined;
    this.#again.abort(new ApiError('gone', `${this.#options.source.what}: asked to list again`));
    await until(
      signal,
      (resolve) => this.#relisted.add(resolve),
      (resolve) => this.#relisted.delete(resolve),
    );
  }

  /** What the server answered to a write of ours, known before the watch tells of it. It must be one that the list would have. */
  learn(object: T): void {
    const known = this.cache.get(keyOf(object));
    const version = object.metadata.resourceVersion ?? '';
    if (known && !isNewer(version, known.metadata.resourceVersion ?? '')) return;
    if (!known && this.#version !== undefined && !isNewer(version, this.#version)) return;
    if (this.#synced) this.#tell(this.cache.set(this.#keep(object)));
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#again = new AbortController();
      const signal = AbortSignal.any([stop, this.#again.signal]);
      const error = await this.#round(signal);
      if (stop.aborted) return;
      if (!error || this.#again.signal.aborted) continue;
      const waitMs = Math.max(this.#backoff.next(), error.retryAfterMs ?? 0);
      this.#options.troubled?.({ error, waitMs });
      await sleep(this.#clock, waitMs, signal);
    }
  }

  /** One list, if one is needed, and one watch. Nothing when the watch ended as agreed. */
  async #round(signal: AbortSignal): Promise<ApiError | undefined> {
    const began = this.#clock.now();
    try {
      if (this.#version === undefined) this.#take(await this.#list(signal), signal);
      const heard = await this.#watch(signal);
      if (heard || this.#clock.now() - began >= SHORT_MS) return undefined;
      return new ApiError('server-error', `watch of ${this.#options.source.what}: ended at once`);
    } catch (error) {
      if (!(error instanceof ApiError)) {
        if (signal.aborted) return undefined;
        throw error;
      }
      if (error.code === 'gone' || error === this.#stalled) this.#version = undefined;
      return error;
    }
  }

  /** All pages, of one moment. When the moment is forgotten between two pages, once more in one piece. */
  async #list(signal: AbortSignal): Promise<Page<T>> {
    const items: T[] = [];
    let next: string | undefined;
    let limit: number | undefined = PAGE;
    for (;;) {
      try {
        const page = await this.#page({ limit, continue: next }, signal);
        for (const item of page.items) items.push(item);
        if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
        next = page.continue;
      } catch (error) {
        if (!isApiError(error, 'gone') || next === undefined) throw error;
        items.length = 0;
        next = undefined;
        limit = undefined;
      }
    }
  }

  async #page(
    page: { readonly limit?: number | undefined; readonly continue?: string | undefined },
    stop: AbortSignal,
  ) {
    const { source, observe } = this.#options;
    const late = () => new ApiError('timeout', `list of ${source.what}: no answer in ${LIST_MS} ms`);
    const silence = new Silence(this.#clock, LIST_MS, late, stop);
    observe?.('list');
    try {
      return await source.list(page, silence.signal);
    } finally {
      silence.end();
    }
  }

  #take({ items, resourceVersion }: Page<T>, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#version = resourceVersion;
    const changes = this.cache.replace(items.map(this.#keep));
    this.#synced = true;
    this.#resolveSynced();
    for (const resolve of this.#relisted) resolve();
    this.#relisted.clear();
    this.#tell(changes);
  }

  /** True when it brought anything. */
  async #watch(stop: AbortSignal): Promise<boolean> {
    const { source, observe } = this.#options;
    const late = () => {
      this.#stalled = new ApiError('timeout', `watch of ${source.what}: silent for ${STALL_MS} ms`);
      return this.#stalled;
    };
    const silence = new Silence(this.#clock, STALL_MS, late, stop);
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + this.#random()));
    const from = { resourceVersion: this.#version ?? '', timeoutSeconds };
    observe?.('watch');
    let opened = Number.POSITIVE_INFINITY;
    try {
      const chunks = await source.watch(from, silence.signal);
      opened = this.#clock.now();
      return await this.#listen(chunks, silence);
    } finally {
      silence.end();
      if (this.#clock.now() - opened >= STEADY_MS) this.#backoff.reset();
    }
  }

  async #listen(chunks: AsyncIterable<Uint8Array>, silence: Silence): Promise<boolean> {
    let any = false;
    for await (const line of linesOf(heard(chunks, silence))) {
      silence.signal.throwIfAborted();
      this.#hear(watchEventOf<T>(line, this.#options.source.what));
      this.#backoff.reset();
      any = true;
    }
    return any;
  }

  #hear({ type, object }: WatchEvent<T>): void {
    const event = object as T;
    const version = event.metadata.resourceVersion ?? '';
    if (this.#version !== undefined && !isNewer(version, this.#version)) return;
    this.#version = version;
    if (type === 'BOOKMARK') return;
    // What we learned from an answer may be ahead of the watch.
    const known = this.cache.get(keyOf(event));
    if (known && !isNewer(version, known.metadata.resourceVersion ?? '')) return;
    if (type === 'DELETED') this.#tell(this.cache.delete(keyOf(event)));
    else this.#tell(this.cache.set(this.#keep(event)));
  }

  #tell(changes: readonly Change<T>[]): void {
    for (const change of changes) this.#options.changed?.(change);
  }
}

async function* heard(chunks: AsyncIterable<Uint8Array>, silence: Silence): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    silence.heard();
    yield chunk;
  }
}

/** Resolves when what was begun calls back; fails with the signal, and then undoes it. */
function until(
  signal: AbortSignal | undefined,
  begin: (resolve: () => void) => void,
  undo: (resolve: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal?.removeEventListener('abort', give);
      resolve();
    };
    const give = () => {
      undo(done);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', give, { once: true });
    begin(done);
  });
}
