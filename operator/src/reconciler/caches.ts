/** All that is watched, and which cluster each change is about. Runs on every replica, so that one that takes over knows already. */
import { childrenOf, LABELS, MANAGER } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { CLUSTER_UID } from '../desired/labels.ts';
import type { Pod } from '../observed/pod.ts';
import {
  type ApiError,
  byOwner,
  type Change,
  type Clock,
  controllerOf,
  type Kube,
  type KubeObject,
  keyOf,
  Reflector,
  type Resource,
  type Shown,
  sourceOf,
} from '../runtime/index.ts';
import { CHILDREN, kindOf, PODS, TASK_CLUSTERS } from './kinds.ts';

export interface CachesOptions {
  readonly kube: Kube;
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  /** `key` is the cluster's. */
  readonly changed: (key: string, object: KubeObject) => void;
  readonly troubled?: (what: string, trouble: { readonly error: ApiError; readonly waitMs: number }) => void;
  readonly observe?: (what: string, request: 'list' | 'watch') => void;
  readonly clock?: Clock;
}

const SELECTOR = `${LABELS.managedBy}=${MANAGER}`;

/** The clusters that an object may belong to, by its label and by its owner's name. */
const clustersOf = (object: KubeObject): string[] => {
  const { namespace, labels } = object.metadata;
  const owner = controllerOf(object);
  const names = [labels?.[LABELS.cluster], owner?.kind === TASK_CLUSTERS.kind ? owner.name : undefined];
  return [...new Set(names.filter((name) => name !== undefined))].map((name) => `${namespace}/${name}`);
};

/** As `kubectl apply` left it: as large as the object, and nobody here reads it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function kept<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return { ...object, metadata };
  const { [LAST_APPLIED]: __, ...annotations } = metadata.annotations;
  return { ...object, metadata: { ...metadata, annotations } };
}

export class Caches {
  readonly clusters: Reflector<TaskCluster>;
  readonly pods: Reflector<Pod>;
  readonly #children = new Map<Resource, Reflector<KubeObject>>();
  readonly #options: CachesOptions;
  readonly #podHeard: ((uid: string) => void)[] = [];

  constructor(options: CachesOptions) {
    this.#options = options;
    const { changed } = options;
    const tell = (object: KubeObject) => {
      for (const key of clustersOf(object)) changed(key, object);
    };
    this.clusters = this.#reflect(TASK_CLUSTERS, {}, (object) => changed(keyOf(object), object));
    this.pods = this.#reflect(PODS, { labelSelector: SELECTOR }, (pod) => {
      for (const heard of this.#podHeard) heard(pod.metadata.uid ?? '');
      tell(pod);
    });
    for (const kind of CHILDREN) {
      this.#children.set(kind, this.#reflect(kind, { labelSelector: SELECTOR }, tell));
    }
  }

  get all(): readonly { readonly hasSynced: boolean; readonly what: string }[] {
    return [this.clusters, this.pods, ...this.#children.values()];
  }

  get hasSynced(): boolean {
    return this.all.every(({ hasSynced }) => hasSynced);
  }

  /** Fails only by a bug. */
  async start(): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.start()));
  }

  async synced(): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.synced));
  }

  /** Whoever led before may have written what our watches have not told yet. */
  async relist(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.relist(signal)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors().map((reflector) => reflector.stop()));
  }

  /** Tells of every pod that was heard of, by UID. */
  onPod(heard: (uid: string) => void): void {
    this.#podHeard.push(heard);
  }

  shown(uid: string): Shown {
    const [pod] = this.pods.cache.by('uid', uid);
    if (!pod) return 'absent';
    return pod.metadata.deletionTimestamp === undefined ? 'present' : 'going';
  }

  cluster(key: string): TaskCluster | undefined {
    return this.clusters.cache.get(key);
  }

  /**
   * What the cluster owns, what says that it is of a cluster of this name, and what has the name of one of its children. Neither pods nor
   * Secrets.
   */
  children({ metadata: { namespace, name, uid = '' } }: TaskCluster): KubeObject[] {
    const names = new Set<string>(Object.values(childrenOf(name)));
    return [...this.#children.values()].flatMap(({ cache }) => {
      const owned = cache.by('owner', uid);
      const namesakes = cache.by('cluster', `${namespace}/${name}`);
      const named = [...names].flatMap((child) => cache.get(`${namespace}/${child}`) ?? []);
      return [...new Set([...owned, ...namesakes, ...named])];
    });
  }

  child(object: KubeObject): KubeObject | undefined {
    return this.#children.get(kindOf(object))?.cache.get(keyOf(object));
  }

  workers({ metadata: { uid = '' } }: TaskCluster): Pod[] {
    return this.pods.cache.by('owner', uid);
  }

  /** Pods that say that they are of a cluster of this name, and that nobody owns. */
  orphans({ metadata: { namespace, name } }: TaskCluster): Pod[] {
    return this.pods.cache.by('cluster', `${namespace}/${name}`).filter((pod) => !controllerOf(pod));
  }

  /** Whatever has the name of the scheduler's pod; not `ours` when it is of an earlier cluster of this name. */
  schedulerPod({ metadata: { namespace, name, uid } }: TaskCluster): {
    readonly pod?: Pod | undefined;
    readonly ours: boolean;
  } {
    const pod = this.pods.cache.get(`${namespace}/${childrenOf(name).schedulerPod}`);
    const of = pod?.metadata.annotations?.[CLUSTER_UID] ?? uid;
    return { pod, ours: of === uid };
  }

  /** The answer to a write of ours. */
  learn(object: KubeObject): void {
    this.#children.get(kindOf(object))?.learn(object);
  }

  #reflectors(): Reflector<KubeObject>[] {
    return [this.clusters, this.pods, ...this.#children.values()] as unknown as Reflector<KubeObject>[];
  }

  #reflect<T extends KubeObject>(
    of: Resource<T>,
    select: { readonly labelSelector?: string },
    tell: (object: T) => void,
  ): Reflector<T> {
    const { kube, namespace, clock, troubled, observe } = this.#options;
    return new Reflector<T>({
      source: sourceOf(kube, of, { namespace, ...select }),
      indexes: {
        owner: byOwner,
        cluster: clustersOf,
        uid: ({ metadata }) => (metadata.uid ? [metadata.uid] : []),
      },
      keep: kept,
      changed: ({ object }: Change<T>) => tell(object),
      troubled: (trouble) => troubled?.(of.plural, trouble),
      observe: (request) => observe?.(of.plural, request),
      ...(clock ? { clock } : {}),
    });
  }
}
