/**
 * Who of several replicas acts: the holder of a Lease. The algorithm is client-go's.
 *
 * 1. A lease is taken from another only when it did not change for its whole duration by our own clock; what is written in it is
 *    never compared with our time.
 * 2. Whoever leads stops by itself when a renewal did not get through for `renewMs`, which is shorter than the duration.
 * 3. Every write carries the resourceVersion that was read, so of two that try at once one wins.
 * 4. The lease is given back only after all work under it has ended.
 */
import type { Kube } from '../api.ts';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { ApiError, isApiError } from '../errors.ts';
import { type Instruments, noInstruments } from '../metrics.ts';
import type { KubeObject } from '../objects.ts';
import { resource } from '../resources.ts';
import { Fence } from './fence.ts';

export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const LEASES = resource<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');

export interface ElectorOptions {
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica; no two alike. */
  readonly identity: string;
  /** client-go's times, in milliseconds: 15 s, 10 s, 2 s. */
  readonly durationMs?: number;
  readonly renewMs?: number;
  readonly retryMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly instruments?: Instruments;
  readonly changed?: (holder: string) => void;
  readonly failed?: (error: ApiError) => void;
}

interface Sent {
  readonly now: number;
  readonly wall: number;
}

export class Elector {
  readonly #options: ElectorOptions;
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #renewMs: number;
  readonly #retryMs: number;
  /** The lease as we saw it last, and when we first saw it so. */
  #seen: { readonly lease: Lease; readonly at: Sent } | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#durationMs = options.durationMs ?? 15_000;
    this.#renewMs = options.renewMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 2_000;
    if (this.#renewMs >= this.#durationMs || this.#retryMs * 1.2 >= this.#renewMs) {
      throw new RangeError('a lease must last longer than renewing may take, and that longer than one retry');
    }
  }

  /** Leads whenever it can until the signal. `lead` must end at once when its fence falls, and soon after the signal; the lease is kept until then. */
  async run(lead: (fence: Fence) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const fence = await this.#acquire(signal);
      if (!fence) return;
      this.#gauge(1);
      const over = new AbortController();
      const renewed = this.#renew(fence, over.signal);
      try {
        await lead(fence);
      } finally {
        over.abort();
        await renewed;
        fence.drop('its work has ended');
        this.#gauge(0);
        await this.#release();
      }
    }
  }

  async #acquire(signal: AbortSignal): Promise<Fence | undefined> {
    while (!signal.aborted) {
      const sent = this.#time();
      if (await this.#try(signal)) {
        const fence = new Fence(this.#clock);
        fence.extend(sent, this.#renewMs);
        return fence;
      }
      await sleep(this.#clock, this.#jittered(), signal);
    }
    return undefined;
  }

  async #renew(fence: Fence, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !fence.signal.aborted) {
      await sleep(this.#clock, this.#retryMs, AbortSignal.any([signal, fence.signal]));
      if (signal.aborted || fence.signal.aborted) return;
      const sent = this.#time();
      if (await this.#try(AbortSignal.any([signal, fence.signal]))) fence.extend(sent, this.#renewMs);
      else if (this.#heldByAnother()) fence.drop('another replica holds the lease');
    }
  }

  /** Takes the lease or renews it. What fails is tried again by the caller. */
  async #try(stop: AbortSignal): Promise<boolean> {
    const ms = this.#renewMs / 2;
    const limit = new AbortController();
    const late = () => limit.abort(new ApiError('timeout', `the lease: no answer in ${ms} ms`));
    const cancel = this.#clock.after(ms, late);
    try {
      return await this.#ask(AbortSignal.any([stop, limit.signal]));
    } catch (error) {
      if (stop.aborted) return false;
      if (!(error instanceof ApiError)) throw error;
      this.#options.failed?.(error);
      return false;
    } finally {
      cancel();
    }
  }

  async #ask(signal: AbortSignal): Promise<boolean> {
    try {
      const mine = this.#holder() === this.#options.identity;
      if (!mine) await this.#look(signal);
      const before = this.#seen?.lease;
      if (before && this.#heldByAnother() && !this.#expired()) return false;
      await this.#write(before, signal);
      return true;
    } catch (error) {
      // Somebody wrote in between: what we know of the lease is old.
      if (isApiError(error, 'conflict', 'already-exists', 'not-found')) await this.#look(signal);
      throw error;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { kube, namespace, name } = this.#options;
    const lease = await kube.get(LEASES, { namespace, name }, signal);
    if (lease) this.#observe(lease);
    else this.#seen = undefined;
  }

  async #write(before: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { kube, namespace, name, identity } = this.#options;
    const now = microTime(this.#clock.wall());
    const mine = before?.spec?.holderIdentity === identity;
    const transitions = before?.spec?.leaseTransitions ?? 0;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1_000),
      acquireTime: mine ? (before?.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before && !mine ? transitions + 1 : transitions,
    };
    const lease = { ...before, metadata: before?.metadata ?? { namespace, name }, spec };
    this.#observe(
      await (before ? kube.update(LEASES, lease, { signal }) : kube.create(LEASES, lease, { signal })),
    );
  }

  /** Gives it back at once, so that nobody waits for it to expire. */
  async #release(): Promise<void> {
    const { kube, identity } = this.#options;
    const before = this.#seen?.lease;
    if (before?.spec?.holderIdentity !== identity) return;
    const spec = { ...before.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    this.#seen = undefined;
    await kube
      .update(LEASES, { ...before, spec }, { signal: AbortSignal.timeout(this.#retryMs) })
      .catch(() => {});
  }

  #observe(lease: Lease): void {
    const before = this.#seen?.lease;
    if (before && before.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#seen = { lease, at: this.#time() };
    const holder = lease.spec?.holderIdentity ?? '';
    if (before?.spec?.holderIdentity !== holder) this.#options.changed?.(holder);
  }

  #holder(): string {
    return this.#seen?.lease.spec?.holderIdentity ?? '';
  }

  #heldByAnother(): boolean {
    const holder = this.#holder();
    return holder !== '' && holder !== this.#options.identity;
  }

  /** The longer of their duration and ours, by the clock that does not jump. */
  #expired(): boolean {
    if (!this.#seen) return true;
    const theirsMs = (this.#seen.lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
    return this.#clock.now() >= this.#seen.at.now + Math.max(this.#durationMs, theirsMs);
  }

  #time(): Sent {
    return { now: this.#clock.now(), wall: this.#clock.wall() };
  }

  /** As client-go: up to a fifth longer, so that replicas do not try in step. */
  #jittered(): number {
    return this.#retryMs * (1 + 0.2 * (this.#options.random ?? Math.random)());
  }

  #gauge(value: number): void {
    (this.#options.instruments ?? noInstruments).leader.set(value, { name: this.#options.name });
  }
}

/** Lease times have microseconds. */
const microTime = (wall: number) => new Date(wall).toISOString().replace('Z', '000Z');
