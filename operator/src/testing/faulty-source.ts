/** A source that does to a reflector what networks and API servers do, as a generator of chances says. */
import { ApiError } from '../runtime/errors.ts';
import type { Page } from '../runtime/objects.ts';
import type { Source } from '../runtime/watch/reflector.ts';
import { gone, type Logged, type ModelServer, type Thing } from './model-server.ts';

/** From 0 up to 1. */
export type Chance = () => number;

const FAULTS = ['refused', 'busy', 'stalled', 'forgotten', 'unreachable'] as const;
const STREAM_FAULTS = [
  'cut',
  'ended',
  'half-line',
  'doubled',
  'stalled',
  'error-500',
  'error-410',
  'garbled',
] as const;

export class FaultySource implements Source<Thing> {
  readonly what = 'things';
  readonly #server: ModelServer;
  readonly #chance: Chance;
  readonly #pageSize: number;
  /** Off: everything works. */
  faulty = true;
  open = 0;
  mostOpen = 0;
  requests = 0;

  constructor(server: ModelServer, chance: Chance, pageSize = 3) {
    this.#server = server;
    this.#chance = chance;
    this.#pageSize = pageSize;
  }

  async list(
    page: { readonly limit?: number | undefined; readonly continue?: string | undefined },
    signal: AbortSignal,
  ): Promise<Page<Thing>> {
    return this.#counted(async () => {
      await this.#fault(signal);
      signal.throwIfAborted();
      const limit = page.limit === undefined ? undefined : this.#pageSize;
      return this.#server.list({ ...page, limit });
    });
  }

  async watch(
    { resourceVersion }: { readonly resourceVersion: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    await this.#counted(() => this.#fault(signal));
    return this.#stream(resourceVersion, signal);
  }

  async *#stream(from: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.#enter();
    const wake = { up: () => {} };
    const stopListening = this.#server.listen(() => wake.up());
    signal.addEventListener('abort', () => wake.up(), { once: true });
    let version = from;
    const told: Logged[] = [];
    try {
      for (;;) {
        signal.throwIfAborted();
        for (const entry of this.#after(version)) {
          version = String(entry.version);
          told.push(entry);
          const line = `${JSON.stringify({ type: entry.type, object: entry.object })}\n`;
          const fault = this.#pick(STREAM_FAULTS, 0.15);
          if (fault === 'half-line') yield Buffer.from(line.slice(0, 1 + line.length * this.#chance()));
          if (fault === 'half-line' || fault === 'ended') return;
          if (fault === 'cut') throw new ApiError('unreachable', 'socket hang up');
          if (fault === 'stalled') await silent(signal);
          if (fault === 'error-500') yield errorLine(500, 'InternalError');
          if (fault === 'error-410') yield errorLine(410, 'Expired');
          if (fault === 'garbled') yield Buffer.from(`${line.slice(5, -1)}\n`);
          yield* this.#torn(line);
          if (fault === 'doubled') yield* this.#doubled(told);
        }
        if (this.#chance() < 0.3) yield* this.#torn(bookmark(version));
        await new Promise<void>((resolve) => {
          wake.up = resolve;
          if (signal.aborted || this.#after(version).length > 0) resolve();
        });
      }
    } finally {
      stopListening();
      this.open--;
    }
  }

  #after(version: string): Logged[] {
    return this.#server.after(version);
  }

  /** Bytes do not come in lines. */
  *#torn(line: string): Generator<Uint8Array> {
    const bytes = Buffer.from(line);
    const at = 1 + Math.floor(this.#chance() * (bytes.length - 1));
    yield bytes.subarray(0, at);
    yield bytes.subarray(at);
  }

  *#doubled(told: readonly Logged[]): Generator<Uint8Array> {
    for (const { type, object } of told.slice(-1 - Math.floor(this.#chance() * 4)).reverse()) {
      yield Buffer.from(`${JSON.stringify({ type, object })}\n`);
    }
  }

  async #fault(signal: AbortSignal): Promise<void> {
    const fault = this.#pick(FAULTS, 0.4);
    if (fault === 'refused') throw new ApiError('server-error', 'HTTP 500', { status: 500 });
    if (fault === 'busy') {
      const retryAfterMs = Math.floor(this.#chance() * 5) * 1_000;
      throw new ApiError('too-many-requests', 'HTTP 429', { status: 429, retryAfterMs });
    }
    if (fault === 'unreachable') throw new ApiError('unreachable', 'connect ECONNREFUSED');
    if (fault === 'stalled') await silent(signal);
    if (fault === 'forgotten') {
      this.#server.compact();
      throw gone();
    }
  }

  #pick<F>(faults: readonly F[], share: number): F | undefined {
    if (!this.faulty || this.#chance() >= share) return undefined;
    return faults[Math.floor(this.#chance() * faults.length)];
  }

  async #counted<R>(work: () => Promise<R>): Promise<R> {
    this.#enter();
    this.requests++;
    try {
      return await work();
    } finally {
      this.open--;
    }
  }

  #enter(): void {
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
  }
}

/** Never says a word, until whoever waits gives up. */
const silent = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });

const bookmark = (version: string) =>
  `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Thing', metadata: { resourceVersion: version } } })}\n`;

const errorLine = (code: number, reason: string) =>
  Buffer.from(
    `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, reason, message: reason } })}\n`,
  );
