/** Issues certificates on a thread that lives as long as there is something to issue, so that their library takes no memory the rest of the time. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SERVER_NAMES } from '../crd/names.ts';
import type { Pair, Validity } from './certificates.ts';
import { AUTHORITY_DAYS, type Issuing, LEAF_DAYS } from './contents.ts';

export type IssueOrder =
  | { readonly id: number; readonly issue: 'authority'; readonly name: string; readonly validity: Validity }
  | {
      readonly id: number;
      readonly issue: 'leaf';
      readonly authority: Pair;
      readonly serverName: string;
      readonly validity: Validity;
    };

export type IssueAnswer =
  | { readonly id: number; readonly pair: Pair }
  | { readonly id: number; readonly error: string };

type Order = IssueOrder extends infer O ? (O extends IssueOrder ? Omit<O, 'id'> : never) : never;

interface Waiting {
  resolve(pair: Pair): void;
  reject(error: Error): void;
}

const fromSource = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(fromSource ? './issuer-thread.ts' : './issuer-thread.js', import.meta.url);
const EXEC_ARGV = fromSource ? ['--conditions=taskloom-source', '--disable-warning=ExperimentalWarning'] : [];

/** How long the thread waits for more, in milliseconds. */
const LINGER_MS = 5_000;
const HEAP_MB = 32;
const TOKEN_BYTES = 32;

export class Issuer {
  #thread: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #orders = 0;
  #end: NodeJS.Timeout | undefined;

  /** Certificates for the cluster of this name. @param now milliseconds since the epoch */
  issuing(cluster: string, now: number): Issuing {
    return {
      authority: () =>
        this.#order({ issue: 'authority', name: cluster, validity: { from: now, days: AUTHORITY_DAYS } }),
      leaf: (authority, role) =>
        this.#order({
          issue: 'leaf',
          authority,
          serverName: SERVER_NAMES[role],
          validity: { from: now, days: LEAF_DAYS },
        }),
      token: () => randomBytes(TOKEN_BYTES).toString('base64url'),
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#end);
    await this.#thread?.terminate();
  }

  #order(order: Order): Promise<Pair> {
    clearTimeout(this.#end);
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#running().postMessage({ ...order, id } satisfies IssueOrder);
    });
  }

  #running(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(PROGRAM, {
      execArgv: EXEC_ARGV,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 4 },
    });
    thread.on('message', (answer: IssueAnswer) => this.#answered(answer));
    thread.on('error', (error) => this.#ended(thread, error));
    thread.on('exit', () => this.#ended(thread, new Error('the thread that issues certificates ended')));
    this.#thread = thread;
    return thread;
  }

  #answered(answer: IssueAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('pair' in answer) waiting?.resolve(answer.pair);
    else waiting?.reject(new Error(`no certificate could be issued: ${answer.error}`));
    if (this.#waiting.size > 0) return;
    this.#end = setTimeout(() => void this.#dismiss(), LINGER_MS);
    this.#end.unref();
  }

  /** Nobody gives it orders while it ends. */
  async #dismiss(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #ended(thread: Worker, error: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
