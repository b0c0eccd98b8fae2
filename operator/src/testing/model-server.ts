/** A collection as an API server keeps it: versions, a log of events that it forgets, pages of one moment. */
import { ApiError } from '../runtime/errors.ts';
import { type KubeObject, keyOf, type Page } from '../runtime/objects.ts';

export interface Thing extends KubeObject {
  readonly data: string;
}

export interface Logged {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Thing;
}

export class ModelServer {
  #version = 8;
  #uids = 0;
  readonly #objects = new Map<string, Thing>();
  #log: Logged[] = [];
  #forgottenTo = 0;
  /** Lists that are being read page by page. */
  readonly #snapshots = new Map<string, { readonly items: Thing[]; readonly version: string }>();
  readonly #listeners = new Set<() => void>();

  get version(): string {
    return String(this.#version);
  }

  get(name: string): Thing | undefined {
    return this.#objects.get(`ns/${name}`);
  }

  contents(): Record<string, Thing> {
    return Object.fromEntries([...this.#objects].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Creates it, or changes it. */
  put(name: string, data: string, labels: Record<string, string> = {}): Thing {
    return this.write({ apiVersion: 'v1', kind: 'Thing', metadata: { namespace: 'ns', name, labels }, data });
  }

  write(given: Thing): Thing {
    const before = this.#objects.get(keyOf(given));
    const version = ++this.#version;
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const object = { ...given, metadata: { ...given.metadata, uid, resourceVersion: String(version) } };
    this.#objects.set(keyOf(object), object);
    this.#record({ version, type: before ? 'MODIFIED' : 'ADDED', object });
    return object;
  }

  remove(name: string): void {
    const before = this.#objects.get(`ns/${name}`);
    if (!before) return;
    this.#objects.delete(`ns/${name}`);
    const version = ++this.#version;
    const metadata = { ...before.metadata, resourceVersion: String(version) };
    this.#record({ version, type: 'DELETED', object: { ...before, metadata } });
  }

  /** Forgets the log and the lists that are being read: who comes with an old version has to begin anew. */
  compact(): void {
    this.#forgottenTo = this.#version;
    this.#log = [];
    this.#snapshots.clear();
  }

  list(page: { readonly limit?: number | undefined; readonly continue?: string | undefined }): Page<Thing> {
    const { limit = Number.POSITIVE_INFINITY } = page;
    const [id = '', offset = '0'] = page.continue?.split('@') ?? [];
    const fresh = { items: [...this.#objects.values()], version: this.version };
    const snapshot = page.continue === undefined ? fresh : this.#snapshots.get(id);
    if (!snapshot) throw gone();
    const from = Number(offset);
    const items = snapshot.items.slice(from, from + limit);
    if (from + limit >= snapshot.items.length) return { items, resourceVersion: snapshot.version };
    this.#snapshots.set(snapshot.version, snapshot);
    const next = `${snapshot.version}@${from + limit}`;
    return { items, resourceVersion: snapshot.version, continue: next };
  }

  /** What happened after a version; throws when it no longer knows. */
  after(version: string): Logged[] {
    if (Number(version) < this.#forgottenTo) throw gone();
    return this.#log.filter((entry) => entry.version > Number(version));
  }

  /** Calls on every change; the answer ends that. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #record(entry: Logged): void {
    this.#log.push(entry);
    for (const listener of this.#listeners) listener();
  }
}

export const gone = () =>
  new ApiError('gone', 'too old resource version', { status: 410, reason: 'Expired' });
