/**
 * The operator's way to a cluster's scheduler: HTTPS to the pod's address, certified by the cluster's own CA under a fixed name. The pod's
 * address is reached from inside and from the node alike, and does not wait for a Service to know that its pod is ready.
 */
import { Agent, request } from 'node:https';
import * as z from 'zod/mini';
import { PORTS, SERVER_NAMES } from '../crd/names.ts';
import type { AdminStatus } from '../observed/scheduler.ts';
import { Cheapest, Retired, type RetiredWorker, Status } from './answers.ts';

export interface SchedulerAddress {
  /** The pod's IP. */
  readonly host: string;
  readonly port?: number;
  /** The cluster's certificate authority, PEM. */
  readonly ca: string;
  readonly token: string;
}

/** The scheduler could not be asked, or did not answer as agreed: what it does is unknown. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: 'unreachable' | 'refused' | 'bad-answer';

  constructor(code: AdminError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return this.code !== 'refused';
  }
}

/** A scheduler that is well answers in a millisecond or two. */
const TIMEOUT_MS = 2_000;
/** A status with a thousand workers has some 150 KiB. */
const ANSWER_BYTES = 4 * 1024 * 1024;

export type AdminDoors = Pick<AdminClient, 'status' | 'retire' | 'cheapest' | 'close'>;

export class AdminClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 64, timeout: 30_000 });

  status(at: SchedulerAddress, signal?: AbortSignal): Promise<AdminStatus> {
    return this.#ask(at, 'GET', '/v1/status', Status, undefined, signal);
  }

  /** Has workers drained; to be asked again until they are. Workers that it does not know are `gone`. */
  async retire(
    at: SchedulerAddress,
    workers: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly RetiredWorker[]> {
    return (await this.#ask(at, 'POST', '/v1/retire', Retired, { workers }, signal)).workers;
  }

  /** Those of `among` that are missed least, the cheapest first. */
  async cheapest(
    at: SchedulerAddress,
    among: readonly string[],
    count: number,
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    return (await this.#ask(at, 'POST', '/v1/cheapest', Cheapest, { among, count }, signal)).workers;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask<T extends z.ZodMiniType>(
    at: SchedulerAddress,
    method: 'GET' | 'POST',
    path: string,
    shape: T,
    body?: object,
    signal?: AbortSignal,
  ): Promise<z.infer<T>> {
    const where = `the scheduler's admin door ${at.host}:${at.port ?? PORTS.admin}${path}`;
    const { status, text } = await this.#exchange(at, method, path, where, body, signal);
    if (status === 401 || status === 403) {
      throw new AdminError('refused', `${where} refused the token: the pod's Secret may not be updated yet`);
    }
    if (status >= 300)
      throw new AdminError('bad-answer', `${where} answered ${status}: ${text.slice(0, 200)}`);
    const parsed = z.safeParse(shape, parse(text));
    if (parsed.success) return parsed.data;
    throw new AdminError('bad-answer', `${where} answered with something else: ${parsed.error.message}`);
  }

  #exchange(
    { host, port = PORTS.admin, ca, token }: SchedulerAddress,
    method: 'GET' | 'POST',
    path: string,
    where: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const late = AbortSignal.timeout(TIMEOUT_MS);
    const options = {
      ...{ host, port, method, path, ca, headers, agent: this.#agent },
      servername: SERVER_NAMES.scheduler,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    };
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        if (signal?.aborted) return reject(signal.reason);
        const cause = late.aborted ? `no answer in ${TIMEOUT_MS} ms` : error.message;
        reject(new AdminError('unreachable', `${where}: ${cause}`, { cause: error }));
      };
      const asked = request(options, (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > ANSWER_BYTES)
            response.destroy(new Error(`an answer of more than ${ANSWER_BYTES} bytes`));
        });
        response.on('error', fail);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
      });
      asked.on('error', fail);
      asked.end(text);
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
