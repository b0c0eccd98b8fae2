/** What the operator would write, written by a test. */
import { type CONDITIONS, childrenOf, LABELS, type TaskClusterStatus } from '@taskloom/operator/crd';
import {
  ApiClient,
  isApiError,
  type KubeObject,
  type Resource,
  resource,
  type Transport,
} from '@taskloom/operator/runtime';
import { TASK_CLUSTERS } from '../../kubernetes/resource.ts';

const SECRETS = resource<KubeObject & { data: Record<string, string> }>('v1', 'Secret', 'secrets');
const PODS = resource<KubeObject & { spec: object }>('v1', 'Pod', 'pods');
const NODES = resource<KubeObject & { status?: object }>('v1', 'Node', 'nodes', false);

/** Conditions by type; true and false have a message of their own, words are the message of True. */
type Conditions = Partial<Record<(typeof CONDITIONS)[number], boolean | Said>>;
interface Said {
  readonly status: boolean | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

const statusOf = (said: Said['status']) => (said === 'Unknown' ? said : said ? 'True' : 'False');

export class PlayedOperator {
  readonly kube: ApiClient;
  readonly #namespace: string;

  constructor(transport: Transport, namespace: string) {
    this.kube = new ApiClient(transport, { fieldManager: 'tests' });
    this.#namespace = namespace;
  }

  /** Says of the cluster as it is written now. */
  async says(
    name: string,
    conditions: Conditions,
    more: Omit<TaskClusterStatus, 'conditions'> = {},
  ): Promise<void> {
    const place = { namespace: this.#namespace, name };
    const { metadata } = await this.seen(name);
    const observedGeneration = metadata.generation ?? 0;
    const status = {
      observedGeneration,
      conditions: Object.entries(conditions).map(([type, said]) => ({
        type,
        ...(typeof said === 'object' ? said : { reason: `Is${said}`, message: `${type} is ${said}` }),
        status: statusOf(typeof said === 'object' ? said.status : said),
        observedGeneration,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
      ...more,
    };
    await this.kube.merge(TASK_CLUSTERS, place, { status }, { subresource: 'status' });
  }

  /** The cluster, once somebody has made it. */
  async seen(name: string) {
    for (;;) {
      const found = await this.kube.get(TASK_CLUSTERS, { namespace: this.#namespace, name });
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async opens(name: string, access: Readonly<Record<string, string>>): Promise<void> {
    const data = Object.fromEntries(
      Object.entries(access).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    const metadata = { namespace: this.#namespace, name: childrenOf(name).clientSecret };
    await this.kube.apply(SECRETS, { metadata, data });
  }

  /** The scheduler's pod, on a node whose kubelet listens on this port of this machine. */
  async schedules(name: string, kubeletPort: number): Promise<void> {
    const node = `node-${kubeletPort}`;
    await this.#unlessThere(NODES, { metadata: { name: node } });
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    };
    await this.kube.merge(NODES, { name: node }, { status }, { subresource: 'status' });
    await this.#unlessThere(PODS, {
      metadata: {
        namespace: this.#namespace,
        name: childrenOf(name).schedulerPod,
        labels: { [LABELS.cluster]: name },
      },
      spec: { nodeName: node, containers: [{ name: 'scheduler', image: 'none.invalid/none' }] },
    });
  }

  async #unlessThere<T extends KubeObject>(of: Resource<T>, object: T): Promise<void> {
    try {
      await this.kube.create(of, object);
    } catch (error) {
      if (!isApiError(error, 'already-exists')) throw error;
    }
  }
}
