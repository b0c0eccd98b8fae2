/** Named tasks of a session: the same key twice is the same task, as long as somebody holds it. */
import { createHash } from 'node:crypto';
import type { Batch } from './batch.ts';
import { ClientError } from './errors.ts';
import type { Future } from './future.ts';
import type { FutureList } from './future-list.ts';

type Handle = Future<unknown> | FutureList<unknown>;
/** A map of one is a list, and one task is not. */
export type Verb = 'submit' | 'map';

interface Named {
  readonly call: string;
  readonly handle: WeakRef<Handle>;
  readonly isReleased: () => boolean;
}

export class Keys {
  readonly #named = new Map<string, Named>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (!this.#named.get(key)?.handle.deref()) this.#named.delete(key);
  });

  /** The handle of this key, or undefined when there is none; throws when it stands for another call. */
  find(key: string, verb: Verb, batches: readonly Batch[]): Handle | undefined {
    const named = this.#named.get(key);
    const handle = named?.handle.deref();
    if (!named || !handle || named.isReleased()) return undefined;
    if (named.call === callOf(verb, batches)) return handle;
    throw new ClientError(
      'key-conflict',
      `the key "${key}" is already that of another call (${handle.name}): use another key, or release that future first`,
    );
  }

  add(key: string, verb: Verb, batches: readonly Batch[], handle: Handle, isReleased: () => boolean): void {
    this.#named.set(key, { call: callOf(verb, batches), handle: new WeakRef(handle), isReleased });
    this.#collected.register(handle, key);
  }
}

/** What is called with what, as a hash. */
function callOf(verb: Verb, batches: readonly Batch[]): string {
  const hash = createHash('sha256').update(verb);
  for (const batch of batches) {
    hash.update(batch.image.graph.hash);
    for (const block of batch.blocks) hash.update(block);
    hash.update(Uint32Array.from(batch.zips));
  }
  return hash.digest('base64');
}
