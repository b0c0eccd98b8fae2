/** What e2e tests import: the cluster with a node, and the commands that people type. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Cluster } from '../kubernetes/cluster-up.ts';
import { kubectlReading, kubectl as run } from '../kubernetes/kubectl.ts';

const given = process.env.TASKLOOM_E2E_CLUSTER;
export const cluster: Cluster = given ? JSON.parse(given) : { kubeconfig: '', from: 'handed-in' };

export const kubectl = (...args: readonly string[]): Promise<string> => run(cluster, ...args);

export interface Place {
  readonly namespace: string;
  /** kubectl in this namespace. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** The object, or nothing when there is none. */
  get<T>(kind: string, name: string): Promise<T | undefined>;
  list<T>(kind: string, selector?: string): Promise<T[]>;
  apply(manifest: object | string): Promise<string>;
}

/** A `describe` with a namespace of its own, which is deleted at the end. */
export function describeOnNode(
  name: string,
  body: (place: Place) => void,
  labels: Readonly<Record<string, string>> = {},
): void {
  describe.runIf(given)(name, () => {
    const place = new NamespacedKubectl(`e2e-${randomUUID().slice(0, 8)}`);
    beforeAll(async () => {
      await kubectl('create', 'namespace', place.namespace);
      const set = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      if (set.length > 0) await kubectl('label', 'namespace', place.namespace, ...set);
    });
    afterAll(() => kubectl('delete', 'namespace', place.namespace, '--wait=false'));
    body(place);
  });
}

class NamespacedKubectl implements Place {
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl('--namespace', this.namespace, ...args);
  }

  async get<T>(kind: string, name: string): Promise<T | undefined> {
    const text = await this.kubectl('get', kind, name, '-o', 'json', '--ignore-not-found');
    return text ? JSON.parse(text) : undefined;
  }

  async list<T>(kind: string, selector = ''): Promise<T[]> {
    const { items } = JSON.parse(await this.kubectl('get', kind, '-l', selector, '-o', 'json'));
    return items;
  }

  apply(manifest: object | string): Promise<string> {
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    return kubectlReading(cluster, text, '--namespace', this.namespace, 'apply', '-f', '-');
  }
}
