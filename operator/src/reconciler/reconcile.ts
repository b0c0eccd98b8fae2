/** observe -> desired -> plan -> apply -> status, of one cluster, once at a time. */
import type { AdminDoors } from '../admin/client.ts';
import { PORTS } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { Settings } from '../desired/types.ts';
import type { SchedulerView } from '../observed/index.ts';
import type { Announce, MakeDesired, MakePlan, MakeStatus, Tell } from '../plan/signatures.ts';
import type { Clock, Expectations, Kube, Recorder } from '../runtime/index.ts';
import type { Issuer } from '../secrets/issuer.ts';
import { adoptWorkers } from './adoption.ts';
import type { Caches } from './caches.ts';
import { carryOut } from './carry-out.ts';
import { emptyMemory, type Memory } from './memory.ts';
import { observe } from './observe.ts';
import { settleUnsure } from './pods.ts';
import type { SchedulerWatch } from './scheduler-watch.ts';
import { keepSecrets, secretsDueAt } from './secret-keeper.ts';
import { lookAtStrangers } from './strangers.ts';
import type { Turn } from './turn.ts';
import { writeStatus } from './write-status.ts';

export interface Judgement {
  readonly desired: MakeDesired;
  readonly plan: MakePlan;
  readonly tell: Tell;
  readonly status: MakeStatus;
  readonly announce: Announce;
}

export interface ReconcilerOptions {
  readonly kube: Kube;
  readonly caches: Caches;
  readonly expectations: Expectations;
  readonly schedulers: SchedulerWatch;
  readonly admin: AdminDoors;
  readonly issuer: Issuer;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly settings: Settings;
  readonly judgement: Judgement;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: (message: string, about?: object) => void;
}

/** A plan that is never done with what comes to light is a bug; this is more than any needs. */
const MOST_PLANS = 8;
/** Nothing may have been missed for longer than this, in milliseconds; half of it at least, so that clusters do not come in step. */
const RESYNC_MS = 600_000;
/** When the cache is behind what we did ourselves, and a watch that is well will say so before, in milliseconds. */
const BEHIND_MS = 1_000;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #memories = new Map<string, Memory>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<{ againAfterMs?: number | undefined }> {
    const { caches, expectations, clock } = this.#options;
    const cluster = caches.cluster(key);
    if (!cluster || cluster.metadata.deletionTimestamp !== undefined) {
      if (!cluster) this.#forget(key);
      return {};
    }
    const turn = this.#turn(key, cluster, signal);
    await settleUnsure(turn);
    await lookAtStrangers(turn);
    await adoptWorkers(turn);
    if (!expectations.met(key)) {
      if (expectations.overdue(key)) await this.#catchUp(key, signal);
      return { againAfterMs: BEHIND_MS };
    }
    const { issuer, kube } = this.#options;
    const issuing = issuer.issuing(cluster.metadata.name, clock.wall());
    const now = clock.now();
    await keepSecrets(cluster, turn.memory, { kube, issuing, now, wall: clock.wall(), signal });
    this.#aim(turn);
    const waits = await this.#act(turn);
    return { againAfterMs: this.#soonest(turn, waits) };
  }

  /** Plans until a plan brings nothing new to light; whatever happens, the status says what is. */
  async #act(turn: Turn): Promise<readonly (number | undefined)[]> {
    const { settings, judgement, clock, random } = this.#options;
    let ranking: readonly string[] | undefined;
    let againAfterMs: number | undefined;
    try {
      for (let plans = 0; plans < MOST_PLANS; plans++) {
        const observed = this.#observe(turn);
        const desired = judgement.desired(observed, settings);
        const seed = Math.floor(random() * 2 ** 32);
        const commands = judgement.plan(observed, desired, { now: clock.wall(), seed, ranking });
        const outcome = await carryOut(turn, commands, (done) => judgement.tell(observed, done));
        againAfterMs = outcome.againAfterMs;
        ranking = outcome.ranking ?? ranking;
        if (!outcome.again) break;
      }
    } catch (error) {
      turn.signal.throwIfAborted();
      await this.#say(turn);
      throw error;
    }
    return [againAfterMs, await this.#say(turn)];
  }

  #say(turn: Turn): Promise<number | undefined> {
    const { settings, judgement, clock, caches } = this.#options;
    // Our own writes to it are known by now.
    const cluster = caches.cluster(turn.key) ?? turn.cluster;
    const observed = this.#observe({ ...turn, cluster });
    const status = judgement.status(observed, judgement.desired(observed, settings), clock.wall());
    return writeStatus({ ...turn, cluster }, status, judgement.announce, clock.now());
  }

  #observe({ key, cluster, memory }: Turn) {
    const { caches, schedulers, clock } = this.#options;
    const unknown: SchedulerView = {
      known: false,
      since: memory.nowhereSince ?? clock.wall(),
      because: 'it has no pod with an address',
    };
    return observe(cluster, caches, memory, schedulers.view(key) ?? unknown);
  }

  #aim({ key, cluster, memory }: Turn): void {
    const { caches, schedulers } = this.#options;
    const { pod, ours } = caches.schedulerPod(cluster);
    const host = ours ? pod?.status?.podIP : undefined;
    const { door } = memory.secrets;
    const address = host && door ? { host, port: PORTS.admin, ...door } : undefined;
    memory.nowhereSince = address ? undefined : (memory.nowhereSince ?? this.#options.clock.wall());
    schedulers.aim(key, address);
  }

  /** The watch did not bring what we know to be so: it must have missed it. Not waited for longer than a reconcile may take. */
  async #catchUp(key: string, signal: AbortSignal): Promise<void> {
    const { caches, expectations, log } = this.#options;
    log('the watch is behind what was written; listing pods again', { key });
    await caches.pods.relist(signal);
    expectations.forget(key);
  }

  #turn(key: string, cluster: TaskCluster, signal: AbortSignal): Turn {
    const { kube, caches, expectations, schedulers, admin, recorder, clock, log } = this.#options;
    const memory = this.#memory(key, cluster.metadata.uid ?? '');
    const said = (message: string, about?: object) => log(message, { cluster: key, ...about });
    const now = () => clock.now();
    const wall = () => clock.wall();
    return {
      key,
      cluster,
      memory,
      kube,
      caches,
      expectations,
      schedulers,
      admin,
      recorder,
      now,
      wall,
      signal,
      log: said,
    };
  }

  #memory(key: string, uid: string): Memory {
    const known = this.#memories.get(key);
    if (known?.uid === uid) return known;
    this.#forget(key);
    const memory = emptyMemory(uid);
    this.#memories.set(key, memory);
    return memory;
  }

  #forget(key: string): void {
    this.#memories.delete(key);
    this.#options.schedulers.forget(key);
    this.#options.expectations.forget(key);
  }

  #soonest({ memory }: Turn, waits: readonly (number | undefined)[]): number {
    const { clock, random } = this.#options;
    const resync = RESYNC_MS * (0.5 + random() / 2);
    const secrets = secretsDueAt(memory) - clock.now();
    return Math.max(1, Math.min(resync, secrets, ...waits.filter((ms) => ms !== undefined)));
  }
}
