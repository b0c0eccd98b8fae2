/** What the operator says to the API server, as a port: the real one is `ApiClient`; a fence and the faults of tests wrap it. */

import { isApiError } from './errors.ts';
import type { Request, Transport } from './http/transport.ts';
import type { KubeObject, Page } from './objects.ts';
import { apiVersionOf, pathOf, type Resource } from './resources.ts';

export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface Place {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly dryRun?: boolean;
  /** Refuse fields that the server does not know, rather than drop them. */
  readonly strict?: boolean;
  readonly subresource?: string;
}

export interface Kube {
  /** Nothing when there is none. */
  get<T extends KubeObject>(of: Resource<T>, at: Place, signal?: AbortSignal): Promise<T | undefined>;
  list<T extends KubeObject>(
    of: Resource<T>,
    select: Selection,
    page: { readonly limit?: number | undefined; readonly continue?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Page<T>>;
  /** The bytes of a watch: one JSON event a line. */
  watch(
    of: Resource,
    select: Selection,
    from: { readonly resourceVersion: string; readonly timeoutSeconds: number },
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  create<T extends KubeObject>(of: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply: what is said is ours and becomes so, what we said before and no longer say goes. */
  apply<T extends KubeObject>(of: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces; the resourceVersion in it makes sure that nobody else did. */
  update<T extends KubeObject>(of: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** JSON merge patch. */
  merge<T extends KubeObject>(of: Resource<T>, at: Place, patch: object, options?: WriteOptions): Promise<T>;
  /** True when it was there. With `uid`, only that very object and no namesake of it. */
  delete(of: Resource, at: Place, options?: DeleteOptions): Promise<boolean>;
  /** The last lines that a container wrote. */
  log(at: Place, options: LogOptions): Promise<string>;
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string | undefined;
  readonly graceSeconds?: number | undefined;
}

export interface LogOptions {
  readonly container?: string;
  /** Of the run before this one. */
  readonly previous?: boolean;
  readonly tailLines: number;
  readonly limitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Who owns the fields that the operator writes. */
export const FIELD_MANAGER = 'taskloom-operator';

export class ApiClient implements Kube {
  readonly #transport: Transport;
  readonly #fieldManager: string;

  constructor(transport: Transport, { fieldManager = FIELD_MANAGER }: { fieldManager?: string } = {}) {
    this.#transport = transport;
    this.#fieldManager = fieldManager;
  }

  async get<T extends KubeObject>(of: Resource<T>, at: Place, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return (await this.#transport.json({ method: 'GET', path: pathOf(of, at), signal })) as T;
    } catch (error) {
      if (isApiError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(
    of: Resource<T>,
    select: Selection,
    page: { readonly limit?: number | undefined; readonly continue?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Page<T>> {
    const { namespace, ...selectors } = select;
    const answer = (await this.#transport.json({
      method: 'GET',
      path: pathOf(of, { namespace }),
      query: { ...selectors, limit: page.limit, continue: page.continue },
      signal,
      patienceMs: 0,
    })) as { items?: T[]; metadata: { resourceVersion: string; continue?: string } };
    const { resourceVersion, continue: next } = answer.metadata;
    const items = (answer.items ?? []).map((item) => ({
      apiVersion: apiVersionOf(of),
      kind: of.kind,
      ...item,
    }));
    return { items, resourceVersion, ...(next ? { continue: next } : {}) };
  }

  watch(
    of: Resource,
    select: Selection,
    from: { readonly resourceVersion: string; readonly timeoutSeconds: number },
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { namespace, ...selectors } = select;
    return this.#transport.stream({
      method: 'GET',
      path: pathOf(of, { namespace }),
      query: { watch: true, allowWatchBookmarks: true, ...selectors, ...from },
      signal,
      patienceMs: 0,
    });
  }

  async create<T extends KubeObject>(of: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = pathOf(of, { namespace: object.metadata.namespace });
    return (await this.#write({ method: 'POST', path, body: typed(of, object) }, options)) as T;
  }

  async apply<T extends KubeObject>(of: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const request = {
      method: 'PATCH' as const,
      path: placed(of, object.metadata, options),
      body: typed(of, object),
      contentType: 'application/apply-patch+yaml',
      query: { force: true },
    };
    return (await this.#write(request, options)) as T;
  }

  async update<T extends KubeObject>(of: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = placed(of, object.metadata, options);
    return (await this.#write({ method: 'PUT', path, body: typed(of, object) }, options)) as T;
  }

  async merge<T extends KubeObject>(
    of: Resource<T>,
    at: Place,
    patch: object,
    options: WriteOptions = {},
  ): Promise<T> {
    const contentType = 'application/merge-patch+json';
    const request = { method: 'PATCH' as const, path: placed(of, at, options), body: patch, contentType };
    return (await this.#write(request, options)) as T;
  }

  async delete(of: Resource, at: Place, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, graceSeconds } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      ...(options.dryRun ? { dryRun: ['All'] } : {}),
    };
    try {
      await this.#transport.json({
        method: 'DELETE',
        path: placed(of, at, options),
        body,
        signal: options.signal,
      });
      return true;
    } catch (error) {
      // A conflict is the answer to a uid that is no longer the one: what was to go is gone.
      if (isApiError(error, 'not-found') || (uid !== undefined && isApiError(error, 'conflict')))
        return false;
      throw error;
    }
  }

  log({ namespace, name }: Place, { signal, ...query }: LogOptions): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
    return this.#transport.text({ method: 'GET', path, query: { ...query }, signal, timeoutMs: 5_000 });
  }

  #write(request: Request, { signal, dryRun, strict }: WriteOptions): Promise<unknown> {
    const query = {
      fieldManager: this.#fieldManager,
      ...request.query,
      ...(dryRun ? { dryRun: 'All' } : {}),
      ...(strict ? { fieldValidation: 'Strict' } : {}),
    };
    return this.#transport.json({ ...request, query, signal });
  }
}

const placed = (of: Resource, { namespace, name }: Place, { subresource }: WriteOptions) =>
  pathOf(of, { namespace, name, ...(subresource === undefined ? {} : { subresource }) });

const typed = <T extends KubeObject>(of: Resource, object: T): T => ({
  ...object,
  apiVersion: apiVersionOf(of),
  kind: of.kind,
});
