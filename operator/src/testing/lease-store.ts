/** One Lease as the API server keeps it, with what a network does to those who ask for it. */
import type { Kube } from '../runtime/api.ts';
import type { Lease } from '../runtime/election/elector.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/objects.ts';

const elsewhere = () => {
  throw new Error('there is nothing but a lease here');
};

export class LeaseStore {
  #lease: Lease | undefined;
  #version = 0;
  readonly writes: string[] = [];

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** As one replica sees it. `reach` throws or waits when the network does. */
  seenBy(reach: (signal: AbortSignal | undefined) => Promise<void>): Kube {
    return {
      get: async <T extends KubeObject>(_of: unknown, _at: unknown, signal?: AbortSignal) => {
        await reach(signal);
        return this.#lease as T | undefined;
      },
      create: async (_of, object, options) => {
        await reach(options?.signal);
        if (this.#lease) throw new ApiError('already-exists', 'the lease exists', { status: 409 });
        return this.#write(object);
      },
      update: async (_of, object, options) => {
        await reach(options?.signal);
        if (object.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion) {
          throw new ApiError('conflict', 'the lease has been modified', { status: 409 });
        }
        return this.#write(object);
      },
      list: elsewhere,
      watch: elsewhere,
      apply: elsewhere,
      merge: elsewhere,
      delete: elsewhere,
      log: elsewhere,
    };
  }

  #write<T extends KubeObject>(object: T): T {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const written = { ...object, metadata };
    this.#lease = written as Lease;
    this.writes.push(this.#lease.spec?.holderIdentity ?? '');
    return written;
  }
}
