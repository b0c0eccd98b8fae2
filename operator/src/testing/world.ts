/**
 * One cluster in a model of Kubernetes: an API server that takes what it is told, controllers and nodes that do what a test says, a
 * scheduler that answers or not. It carries out plans as the shell does, and what it observes may be behind what is.
 */
import { childrenOf, DEFAULT_GROUP } from '../crd/names.ts';
import type { TaskCluster, TaskClusterSpec } from '../crd/resource.ts';
import { taskClusterSpec } from '../crd/spec.ts';
import { desired } from '../desired/index.ts';
import type { Desired, Settings } from '../desired/types.ts';
import type {
  AdminStatus,
  AdminWorker,
  Observed,
  Pod,
  Refusal,
  SchedulerView,
  Trial,
} from '../observed/index.ts';
import { isReady } from '../observed/worker.ts';
import { plan, tell } from '../plan/index.ts';
import type { ClusterEvent, Command } from '../plan/types.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { announce, status } from '../status/index.ts';
import { schedulerPodOf } from './controllers.ts';
import { going } from './pods.ts';

export const START = Date.UTC(2026, 10, 24, 12);
const NAME = 'malaria';

/** What was tried, and what was told. */
export type Done = Command | ClusterEvent;

export class World {
  now = START;
  settings: Settings = { defaultImage: 'taskloom:1', operatorNamespace: 'taskloom-system' };
  cluster: TaskCluster;
  readonly children = new Map<string, KubeObject>();
  readonly pods = new Map<string, Pod>();
  readonly trials: Record<string, Trial> = {};
  readonly refusals = new Map<string, Refusal>();
  readonly logs: Record<string, string> = {};
  /** What the containers wrote before they died. */
  lastWords = '';
  /** Workers that are connected, and whether the scheduler answers the operator. */
  readonly connected = new Map<string, AdminWorker>();
  answers = false;
  silentSince = START;
  /** The operator has seen the scheduler up, since the cluster began or was resumed: somebody may use it. */
  served = false;
  clients = 0;
  tasks = { waiting: 0, running: 0, held: 0 };
  quietSince = START;
  /** Why the API server takes no (more) pods of a group, or none of the scheduler. */
  refuses: (group: string, pods: readonly Pod[]) => string | undefined = () => undefined;
  /** What a dry run of a revision says. */
  objects: (pod: KubeObject) => string | undefined = () => undefined;
  deleted = false;
  /** What the operator has seen of the pods: those of now, unless a test holds them back. */
  shown: () => readonly Pod[] = () => [...this.pods.values()];
  /** Of what the StatefulSet's controller failed to make a pod. */
  #refusedSet: string | undefined;
  #minted = 0;
  #version = 0;
  #seed = 1;

  constructor(spec: Partial<TaskClusterSpec> | object = {}) {
    this.cluster = {
      apiVersion: 'taskloom.dev/v1alpha1',
      kind: 'TaskCluster',
      metadata: { name: NAME, namespace: 'team-a', uid: 'cluster', generation: 1 },
      spec: taskClusterSpec.parse(spec),
    };
  }

  /** Defaults filled in, as the API server does. */
  edit(change: object): void {
    const { metadata, spec } = this.cluster;
    const generation = (metadata.generation ?? 0) + 1;
    this.cluster = {
      ...this.cluster,
      metadata: { ...metadata, generation },
      spec: taskClusterSpec.parse({ ...spec, ...change }),
    };
    if (this.cluster.spec.suspend) this.served = false;
  }

  get schedulerPod(): Pod | undefined {
    return this.pods.get(childrenOf(NAME).schedulerPod);
  }

  workers(group?: string): Pod[] {
    const name = childrenOf(NAME).schedulerPod;
    return [...this.pods.values()].filter(
      (pod) => pod.metadata.name !== name && (group === undefined || groupOf(pod) === group),
    );
  }

  observe(): Observed {
    const shown = this.shown();
    const isScheduler = (pod: Pod) => pod.metadata.name === childrenOf(NAME).schedulerPod;
    this.served ||= this.answers || shown.some((pod) => isScheduler(pod) && isReady(pod));
    return {
      cluster: this.cluster,
      children: [...this.children.values()],
      workers: shown.filter((pod) => !isScheduler(pod)),
      schedulerPod: shown.find(isScheduler),
      scheduler: this.#view(),
      trials: this.trials,
      refusals: [...this.refusals.values()],
      logs: this.logs,
    };
  }

  desired(): Desired {
    return desired(this.observe(), this.settings);
  }

  /** Plans and carries out until a plan brings nothing new to light; then writes the status. */
  reconcile(): Done[] {
    const done: Done[] = [];
    let ranking: readonly string[] | undefined;
    for (let again = true, plans = 0; again && !this.deleted; plans++) {
      if (plans > 8) throw new Error('the plan is never done');
      const observed = this.observe();
      const commands = plan(observed, desired(observed, this.settings), {
        now: this.now,
        seed: this.#seed++,
        ranking,
      });
      done.push(...commands);
      again = false;
      const deeds: Command[] = [];
      for (const command of commands) {
        if (this.carryOut(command) !== false) deeds.push(command);
        if (command.kind === 'rank') ranking = this.ranked(command.among);
        again ||= command.kind === 'rank' || command.kind === 'dryRun';
      }
      done.push(...tell(observed, deeds));
    }
    if (!this.deleted) done.push(...this.say());
    return done;
  }

  say(): readonly ClusterEvent[] {
    const observed = this.observe();
    const before = this.cluster.status;
    const after = status(observed, desired(observed, this.settings), this.now);
    this.cluster = { ...this.cluster, status: after };
    return announce(before, after);
  }

  /** False when it came to nothing. */
  carryOut(command: Command): unknown {
    switch (command.kind) {
      case 'apply':
        return this.#apply(command.object);
      case 'dryRun': {
        this.trials[command.key] = { at: this.now, refusal: this.#objection(command.pod as Pod) };
        return;
      }
      case 'createPod':
        return this.#create(command.group, command.pod);
      case 'annotatePod':
        return this.#annotate(command.pod.name, command.pod.uid, command.annotations);
      case 'retire':
        for (const name of this.answers ? command.workers : []) this.#drain(name);
        return;
      case 'deletePod':
        return this.#delete(command.pod.name, command.pod.uid, command.graceSeconds ?? 330);
      case 'delete':
        this.children.delete(keyOf(command.object));
        return;
      case 'deleteCluster':
        this.deleted = true;
        return;
      case 'suspendCluster':
        return this.edit({ suspend: true });
      case 'readLog':
        this.logs[command.key] = this.lastWords;
        return;
      case 'rank':
      case 'requeueAfter':
    }
  }

  /** The scheduler's answer to `rank`: those that hold least, first. */
  ranked(among: readonly string[]): string[] {
    const held = (name: string) => this.connected.get(name)?.heldBytes ?? 0;
    return this.answers ? [...among].sort((a, b) => held(a) - held(b)) : [];
  }

  /** What the controllers of Kubernetes do: a pod for the StatefulSet, or none. */
  control(): void {
    const made = schedulerPodOf(this.children, this.schedulerPod);
    if (made === 'delete') this.#delete(childrenOf(NAME).schedulerPod, undefined, 30);
    else if (made && this.#awake()) {
      this.#refusedSet = this.#objection(made) === undefined ? undefined : this.#versionOfSet();
      if (this.#refusedSet === undefined)
        this.pods.set(made.metadata.name, { ...made, metadata: { ...made.metadata, uid: this.#uid() } });
    }
  }

  /** After a refusal the controller waits for so long that only a change of its StatefulSet makes it try again. */
  #awake = () => this.#refusedSet === undefined || this.#refusedSet !== this.#versionOfSet();
  #versionOfSet = () =>
    [...this.children.values()].find(({ kind }) => kind === 'StatefulSet')?.metadata.resourceVersion;

  #objection(pod: Pod): string | undefined {
    const group = groupOf(pod);
    const others = group === undefined ? [] : this.workers(group);
    return this.objects(pod) ?? this.refuses(group ?? 'scheduler', others);
  }

  set(pod: Pod): void {
    this.pods.set(pod.metadata.name, pod);
  }

  /** The pod is gone for good. */
  remove(name: string): void {
    this.pods.delete(name);
    this.connected.delete(name);
  }

  connect(name: string, more: Partial<AdminWorker> = {}): void {
    const group = groupOf(this.pods.get(name)) ?? DEFAULT_GROUP;
    this.connected.set(name, { name, group, threads: 1, running: 0, heldBytes: 0, state: 'active', ...more });
  }

  #view(): SchedulerView {
    if (!this.answers) return { known: false, since: this.silentSince, because: 'connection refused' };
    const busy = this.clients > 0 || this.tasks.waiting + this.tasks.running > 0;
    const answer: AdminStatus = {
      version: '0.1.0',
      protocol: { min: 1, max: 1 },
      clients: this.clients,
      idleMs: busy ? null : this.now - this.quietSince,
      tasks: this.tasks,
      workers: [...this.connected.values()],
    };
    return { known: true, at: this.now, status: answer };
  }

  #uid = () => `uid-${++this.#minted}`;

  #apply(object: KubeObject): void {
    const key = keyOf(object);
    const { uid = this.#uid(), generation = 0 } = this.children.get(key)?.metadata ?? {};
    const resourceVersion = `${++this.#version}`;
    const metadata = { ...object.metadata, uid, generation: generation + 1, resourceVersion };
    this.children.set(key, { ...object, metadata });
  }

  #create(group: string, pod: KubeObject): boolean {
    const message = this.refuses(group, this.workers(group));
    if (message !== undefined) {
      this.refusals.set(group, { group, message, at: this.now });
      return false;
    }
    this.refusals.delete(group);
    const creationTimestamp = new Date(this.now).toISOString();
    this.set({ ...(pod as Pod), metadata: { ...pod.metadata, uid: this.#uid(), creationTimestamp } });
    return true;
  }

  #annotate(name: string, uid: string, annotations: Readonly<Record<string, string>>): void {
    const pod = this.pods.get(name);
    if (pod?.metadata.uid !== uid) return;
    this.set({
      ...pod,
      metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } },
    });
  }

  #drain(name: string): void {
    const worker = this.connected.get(name);
    if (worker?.state === 'active') this.connected.set(name, { ...worker, state: 'draining' });
  }

  #delete(name: string, uid: string | undefined, graceSeconds: number): void {
    const pod = this.pods.get(name);
    if (!pod || (uid !== undefined && pod.metadata.uid !== uid) || pod.metadata.deletionTimestamp) return;
    this.set(going(pod, this.now, graceSeconds));
    this.#drain(name);
  }
}

export const groupOf = (pod: Pod | undefined) => pod?.metadata.labels?.['taskloom.dev/group'];
const keyOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;
