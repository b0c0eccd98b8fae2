/**
 * Function code and captured values that this session counts on the scheduler to have, by hash.
 *
 * 1. What a call names is counted on: sent before it, once, until it is let go.
 * 2. Beyond `limit` bytes the longest unused is let go, but nothing that is about to be named. All that is said arrives in its order, so
 *    that nobody need answer: what is used again is sent again.
 */
import type { Blob } from '@taskloom/protocol/functions';
import { partsLength } from '@taskloom/protocol/values';

/** Closures that capture something else each time would fill scheduler and workers. */
export const SENT_CODE_BYTES = 64 * 1024 * 1024;
/** What it takes to know a hash, on every side. */
const HASH_BYTES = 512;

interface CodeNews {
  readonly send: readonly Blob[];
  /** Hashes. */
  readonly letGo: readonly string[];
}

const NO_NEWS: CodeNews = { send: [], letGo: [] };

export class SentCode {
  readonly #limit: number;
  /** Bytes of each, the longest unused first. */
  readonly #sent = new Map<string, number>();
  #bytes = 0;
  #latest: string | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A call is about to name this code. */
  use(graph: Blob, sources: readonly Blob[]): CodeNews {
    // A graph says of which sources it is.
    if (this.#latest === graph.hash) return NO_NEWS;
    this.#latest = graph.hash;
    const named = [graph, ...sources];
    const send = named.filter((blob) => this.#isNew(blob));
    return { send, letGo: this.#excess(named.length) };
  }

  #isNew({ hash, parts }: Blob): boolean {
    const known = this.#sent.get(hash);
    const bytes = known ?? partsLength(parts) + HASH_BYTES;
    if (known === undefined) this.#bytes += bytes;
    else this.#sent.delete(hash);
    this.#sent.set(hash, bytes);
    return known === undefined;
  }

  /** `named`: so many of those used last stay. */
  #excess(named: number): string[] {
    const letGo: string[] = [];
    for (const [hash, bytes] of this.#sent) {
      if (this.#bytes <= this.#limit || this.#sent.size <= named) break;
      this.#sent.delete(hash);
      this.#bytes -= bytes;
      letGo.push(hash);
    }
    return letGo;
  }
}
