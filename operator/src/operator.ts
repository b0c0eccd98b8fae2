/** The operator as one thing that runs: caches always, the rest while this replica leads. */
import { AdminClient, type AdminDoors } from './admin/client.ts';
import { Caches } from './reconciler/caches.ts';
import { TASK_CLUSTERS } from './reconciler/kinds.ts';
import { type Judgement, Reconciler } from './reconciler/reconcile.ts';
import { SchedulerWatch } from './reconciler/scheduler-watch.ts';
import {
  ApiClient,
  type Clock,
  type Credentials,
  Elector,
  Expectations,
  Fence,
  fenced,
  type Instruments,
  type Kube,
  Recorder,
  runController,
  systemClock,
  Transport,
  WorkQueue,
} from './runtime/index.ts';
import { Issuer } from './secrets/issuer.ts';
import type { OperatorSettings } from './settings.ts';

export interface Log {
  debug(about: object, message: string): void;
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

export interface OperatorOptions {
  readonly settings: OperatorSettings;
  readonly credentials: Credentials;
  readonly judgement: Judgement;
  readonly instruments: Instruments;
  readonly log: Log;
  /** The schedulers' doors are somewhere else in tests. */
  readonly admin?: AdminDoors;
  /** Of all that waits and is dated, but for single requests. */
  readonly clock?: Clock;
}

const NAME = 'taskloom-operator';
const CONTROLLER = 'taskcluster';
/** Changes that come together are looked at together, in milliseconds. */
const TOGETHER_MS = 10;
/** A reconcile that hangs for longer than its time means that the process is not well, in seconds. */
const HUNG_SECONDS = 300;
/** What is being done when the operator is asked to stop has this long to be done, in milliseconds. */
const DRAIN_MS = 5_000;
/** Leases are renewed whatever else is asked of the API server. */
const LEASE_LIMIT = { perSecond: 5, burst: 10 };

export class Operator {
  readonly #options: OperatorOptions;
  readonly #namespace: string;
  readonly #transport: Transport;
  readonly #leases: Transport;
  readonly #kube: Kube;
  readonly #caches: Caches;
  readonly #expectations: Expectations;
  readonly #admin: AdminDoors;
  readonly #clock: Clock;
  readonly #issuer = new Issuer();
  readonly #stop = new AbortController();
  #queue: WorkQueue | undefined;
  #leads = false;

  constructor(options: OperatorOptions) {
    const { credentials, settings, instruments, log } = options;
    this.#options = options;
    this.#admin = options.admin ?? new AdminClient();
    this.#clock = options.clock ?? systemClock;
    this.#namespace = settings.operatorNamespace ?? credentials.namespace ?? 'default';
    const observe = ({
      method,
      code,
      host,
      seconds,
    }: {
      method: string;
      code: string;
      host: string;
      seconds: number;
    }) => {
      instruments.requests.inc({ method, code, host });
      instruments.requestSeconds.observe(seconds, { verb: method, host });
    };
    const { apiPerSecond: perSecond, apiBurst: burst } = settings;
    this.#transport = new Transport({ credentials, perSecond, burst, observe });
    this.#leases = new Transport({ credentials, ...LEASE_LIMIT, observe });
    this.#kube = new ApiClient(this.#transport);
    this.#caches = new Caches({
      kube: this.#kube,
      namespace: settings.namespace,
      clock: this.#clock,
      changed: (key) => this.#queue?.addAfter(key, TOGETHER_MS),
      troubled: (what, { error, waitMs }) => {
        instruments.reflectorTroubles.inc({ name: what, code: error.code });
        log.warn({ what, waitMs, error: error.message }, 'a watch ended; it is tried again');
      },
      observe: (name, request) =>
        (request === 'list' ? instruments.reflectorLists : instruments.reflectorWatches).inc({ name }),
    });
    this.#expectations = new Expectations((uid) => this.#caches.shown(uid), this.#clock);
    this.#caches.onPod((uid) => this.#expectations.heard(uid));
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** What keeps it from being ready: a replica that waits its turn is ready when its caches are. */
  unready(): string | undefined {
    const missing = this.#caches.all.filter(({ hasSynced }) => !hasSynced).map(({ what }) => what);
    return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
  }

  /** What shows that only a restart helps. An API server that is away is no reason for one. */
  unwell(): string | undefined {
    const hung = this.#queue?.unfinished().longestSeconds ?? 0;
    return hung > HUNG_SECONDS ? `a reconcile has hung for ${Math.round(hung)} s` : undefined;
  }

  gauge(): void {
    const { seconds, longestSeconds } = this.#queue?.unfinished() ?? { seconds: 0, longestSeconds: 0 };
    this.#options.instruments.workqueueUnfinishedSeconds.set(seconds, { name: CONTROLLER });
    this.#options.instruments.workqueueLongestSeconds.set(longestSeconds, { name: CONTROLLER });
  }

  /** Runs until `stop()`; what it throws is a bug. */
  async run(): Promise<void> {
    const { settings } = this.#options;
    const caches = this.#caches.start();
    caches.catch(() => this.#stop.abort());
    try {
      if (settings.leaderElection) await this.#elected();
      else await this.#lead(unfenced(this.#clock));
    } finally {
      this.#stop.abort();
      await this.#caches.stop();
      this.#admin.close();
      this.#transport.close();
      this.#leases.close();
      await this.#issuer.close();
    }
    await caches;
  }

  stop(): void {
    this.#stop.abort(new Error('the operator was asked to stop'));
  }

  #elected(): Promise<void> {
    const { settings, instruments, log } = this.#options;
    const elector = new Elector({
      kube: new ApiClient(this.#leases),
      namespace: this.#namespace,
      name: NAME,
      identity: `${settings.podName}_${process.pid}_${Date.now().toString(36)}`,
      clock: this.#clock,
      instruments,
      changed: (holder) => log.info({ holder }, 'the lease has a holder'),
      failed: (error) => log.warn({ error: error.message }, 'the lease could not be had or renewed'),
    });
    return elector.run((fence) => this.#lead(fence), this.#stop.signal);
  }

  /** Acts until the fence falls or the program ends. */
  async #lead(fence: Fence): Promise<void> {
    const { settings, instruments, log } = this.#options;
    const { signal: stop } = this.#stop;
    if (!(await this.#upToDate(AbortSignal.any([fence.signal, stop])))) return;
    log.info({ namespace: settings.namespace ?? 'all' }, 'leading');
    const queue = new WorkQueue({
      name: CONTROLLER,
      laneOf: (key) => key.split('/')[0] ?? '',
      clock: this.#clock,
      instruments,
    });
    const recorder = new Recorder({
      kube: fenced(this.#kube, fence),
      controller: NAME,
      instance: settings.podName,
      clock: this.#clock,
      failed: (error) =>
        fence.signal.aborted || log.warn({ error: String(error) }, 'an event could not be written'),
    });
    const clock = this.#clock;
    const schedulers = new SchedulerWatch({ admin: this.#admin, changed: (key) => queue.add(key), clock });
    const reconciler = this.#reconciler(fenced(this.#kube, fence), recorder, schedulers);
    this.#queue = queue;
    this.#leads = true;
    for (const key of this.#caches.clusters.cache.keys()) queue.add(key);
    const failed = ({ key, error, waitMs }: { key: string; error: unknown; waitMs: number }) =>
      log.error({ cluster: key, waitMs, err: error }, 'a reconcile failed; it is tried again');
    const reconcile = (key: string, stop: AbortSignal) => reconciler.reconcile(key, stop);
    const abort = new AbortController();
    const end = this.#endSoftly(queue, abort);
    try {
      const controller = {
        name: CONTROLLER,
        queue,
        reconcile,
        failed,
        instruments,
        clock,
        workers: settings.workers,
      };
      await runController(controller, AbortSignal.any([fence.signal, abort.signal]));
    } finally {
      end();
      this.#leads = false;
      this.#queue = undefined;
      schedulers.stop();
      if (!fence.signal.aborted) await recorder.flush();
      log.info({ reason: String(fence.signal.reason ?? stop.reason) }, 'no longer leading');
    }
  }

  /** Asked to stop, it begins nothing and has some time to end what it has begun. The answer undoes this. */
  #endSoftly(queue: WorkQueue, abort: AbortController): () => void {
    const { signal } = this.#stop;
    let insist: NodeJS.Timeout | undefined;
    const end = () => {
      void queue.shutDown();
      insist = setTimeout(() => abort.abort(signal.reason), DRAIN_MS);
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    return () => {
      signal.removeEventListener('abort', end);
      clearTimeout(insist);
    };
  }

  /** What the leader before us wrote last may not have come by our watches yet. */
  async #upToDate(signal: AbortSignal): Promise<boolean> {
    const over = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const known = this.#caches.hasSynced ? this.#caches.relist(signal) : this.#caches.synced();
    // Why it failed is in the signal.
    await Promise.race([over, known.catch(() => {})]);
    return !signal.aborted;
  }

  #reconciler(kube: Kube, recorder: Recorder, schedulers: SchedulerWatch): Reconciler {
    const { settings, judgement, log } = this.#options;
    return new Reconciler({
      ...{ kube, recorder, schedulers, judgement },
      caches: this.#caches,
      expectations: this.#expectations,
      admin: this.#admin,
      issuer: this.#issuer,
      settings: { defaultImage: settings.defaultImage, operatorNamespace: this.#namespace },
      clock: this.#clock,
      random: Math.random,
      log: (message, about = {}) => log.info({ kind: TASK_CLUSTERS.kind, ...about }, message),
    });
  }
}

/** Where there is one replica only, it always leads. */
function unfenced(clock: Clock): Fence {
  const fence = new Fence(clock);
  fence.extend({ now: 0, wall: 0 }, Number.POSITIVE_INFINITY);
  return fence;
}
