// One object as the API server tells of it, with the moment of each telling.
import {
  ApiClient,
  type KubeObject,
  Reflector,
  type Resource,
  sourceOf,
  Transport,
} from '@taskloom/operator/runtime';
import { kubeconfigCredentials } from '@taskloom/operator/runtime/kubeconfig';
import type { Place } from './place.ts';

export class Api implements Disposable {
  readonly client: ApiClient;
  readonly #transport: Transport;

  constructor({ kubeconfig }: Place) {
    const credentials = kubeconfigCredentials({ file: kubeconfig });
    if (!credentials) throw new Error(`${kubeconfig} names no cluster`);
    this.#transport = new Transport({ credentials });
    // What it writes is owned by somebody who is not the operator, as what a person writes is.
    this.client = new ApiClient(this.#transport, { fieldManager: 'somebody' });
  }

  [Symbol.dispose](): void {
    this.#transport.close();
  }
}

interface Which<T extends KubeObject> {
  readonly namespace: string;
  readonly of: Resource<T>;
  readonly name: string;
}

const LIMIT_MS = 60_000;

interface Seen<T> {
  readonly object: T;
  /** By `performance.now()`. */
  readonly at: number;
}

export class Followed<T extends KubeObject> implements AsyncDisposable {
  readonly #seen: Seen<T>[] = [];
  readonly #reflector: Reflector<T>;
  #told = () => {};

  private constructor(client: ApiClient, { namespace, of, name }: Which<T>) {
    this.#reflector = new Reflector({
      source: sourceOf(client, of, { namespace, fieldSelector: `metadata.name=${name}` }),
      changed: ({ is, object }) => {
        if (is !== 'deleted') this.#seen.push({ object, at: performance.now() });
        this.#told();
      },
    });
  }

  static async start<T extends KubeObject>(client: ApiClient, which: Which<T>): Promise<Followed<T>> {
    const followed = new Followed(client, which);
    void followed.#reflector.start();
    await followed.#reflector.synced;
    return followed;
  }

  /** The first telling, past or to come, of which this is so; nothing when none comes in time. */
  async until(isSo: (object: T) => boolean, limitMs = LIMIT_MS): Promise<Seen<T> | undefined> {
    const late = AbortSignal.timeout(limitMs);
    while (!late.aborted) {
      const found = this.#seen.find(({ object }) => isSo(object));
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        late.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop();
  }
}
