/**
 * Plays what a control plane by itself lacks, in one namespace: the StatefulSet controller, the scheduler of Kubernetes, a kubelet and the
 * garbage collector. It watches with the runtime's own reflectors, so a test of the operator is one of them, too.
 */
import { LABELS } from '../crd/names.ts';
import type { Pod } from '../observed/pod.ts';
import { CHILDREN, PODS, SECRETS, TASK_CLUSTERS } from '../reconciler/kinds.ts';
import {
  ApiClient,
  controllerOf,
  isApiError,
  type KubeObject,
  Reflector,
  resource,
  sourceOf,
  type Transport,
} from '../runtime/index.ts';

interface StatefulSet extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template: { readonly metadata?: object; readonly spec: object };
  };
}

const STATEFUL_SETS = resource<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets');

/** What becomes of a new pod. */
export type Fate = (pod: Pod) => Pod['status'] | undefined;

export const runs: Fate = (pod) => ({
  phase: 'Running',
  podIP: '127.0.0.1',
  conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
  })),
  containerStatuses: (pod.spec?.containers ?? []).map(({ name, image }) => ({
    ...{ name, image, imageID: '', ready: true, started: true, restartCount: 0 },
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  })),
});

/** It stays as it is: nobody runs it. */
export const waits: Fate = () => undefined;

export class PlayedNode {
  readonly namespace: string;
  readonly #kube: ApiClient;
  readonly #pods: Reflector<Pod>;
  readonly #sets: Reflector<StatefulSet>;
  /** Changed by a test for the pods to come. */
  fate: Fate = runs;
  /** Whether a pod that was deleted ends at once. */
  ends: (pod: Pod) => boolean = () => true;
  #last: Promise<unknown> = Promise.resolve();

  constructor(transport: Transport, namespace: string) {
    this.namespace = namespace;
    this.#kube = new ApiClient(transport, { fieldManager: 'played-node' });
    this.#sets = new Reflector<StatefulSet>({
      source: sourceOf(this.#kube, STATEFUL_SETS, { namespace }),
      changed: ({ is, object }) =>
        this.#do(() => (is === 'deleted' ? this.#end(object) : this.#provide(object))),
    });
    this.#pods = new Reflector<Pod>({
      source: sourceOf(this.#kube, PODS, { namespace }),
      changed: ({ is, object }) =>
        this.#do(() => (is === 'deleted' ? this.#replace(object) : this.#run(object))),
    });
  }

  /** As they were last heard of. */
  get pods(): readonly Pod[] {
    return this.#pods.cache.all();
  }

  async start(): Promise<void> {
    void this.#sets.start();
    void this.#pods.start();
    await Promise.all([this.#sets.synced, this.#pods.synced]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#sets.stop(), this.#pods.stop()]);
    await this.#last;
  }

  /** Deletes what belongs to clusters that are gone, as the garbage collector does at times of its own. */
  async collect(): Promise<void> {
    const { namespace } = this;
    const living = await this.#kube.list(TASK_CLUSTERS, { namespace }, {});
    const uids = new Set(living.items.map(({ metadata }) => metadata.uid));
    for (const of of [...CHILDREN, SECRETS, PODS]) {
      const { items } = await this.#kube.list<KubeObject>(of, { namespace }, {});
      for (const object of items) {
        const owner = controllerOf(object);
        if (owner?.kind !== TASK_CLUSTERS.kind || uids.has(owner.uid)) continue;
        await this.#kube.delete(of, object.metadata, { uid: object.metadata.uid });
      }
    }
  }

  /** Ends what was deleted and did not end. */
  async end(): Promise<void> {
    this.ends = () => true;
    for (const pod of this.pods) if (pod.metadata.deletionTimestamp !== undefined) await this.#run(pod);
  }

  /** Says of a pod what a kubelet would. */
  async say(pod: KubeObject, status: object): Promise<void> {
    await this.#kube.merge(PODS, pod.metadata, { status }, { subresource: 'status' });
  }

  /** One thing after the other; what is not there any more needs nothing. */
  #do(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error) => {
      if (!isApiError(error, 'not-found', 'conflict', 'already-exists')) throw error;
    });
  }

  async #provide(set: StatefulSet): Promise<void> {
    const { namespace = '', name, uid = '' } = set.metadata;
    const pod = { namespace, name: `${name}-0` };
    const there = await this.#kube.get(PODS, pod);
    if (set.spec?.replicas === 0) {
      if (there) await this.#kube.delete(PODS, pod);
      return;
    }
    if (there || !set.spec) return;
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true };
    const { metadata, spec } = set.spec.template;
    const made = { metadata: { ...metadata, ...pod, ownerReferences: [owner] }, spec };
    await this.#kube.create(PODS, made as unknown as Pod);
  }

  /** As the garbage collector does. */
  async #end({ metadata }: StatefulSet): Promise<void> {
    await this.#kube.delete(PODS, { namespace: metadata.namespace, name: `${metadata.name}-0` });
  }

  async #replace({ metadata }: Pod): Promise<void> {
    const set = this.#sets.cache.get(`${metadata.namespace}/${metadata.name.replace(/-0$/, '')}`);
    if (set && metadata.labels?.[LABELS.component] === 'scheduler') await this.#provide(set);
  }

  async #run(pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!this.ends(pod)) return;
      await this.#kube.delete(PODS, pod.metadata, { uid: pod.metadata.uid, graceSeconds: 0 });
      return;
    }
    const status = this.fate(pod);
    if (!status || pod.status?.phase !== 'Pending') return;
    if (pod.spec?.nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: 'played' };
      const binding = {
        metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '' },
        target,
      };
      await this.#kube.create(resource('v1', 'Binding', `pods/${pod.metadata.name}/binding`), binding);
    }
    await this.say(pod, status);
  }
}
