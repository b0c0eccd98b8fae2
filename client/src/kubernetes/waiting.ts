/** Waits until a cluster stands as wanted, says what it waits for, and gives up early when waiting is of no use. */
import { type ApiError, type Clock, Reflector, sourceOf, systemClock } from '@taskloom/operator/runtime';
import type { ProgressStream } from '../progress.ts';
import { failureOf } from './failures.ts';
import { givenUp } from './given-up.ts';
import { type Line, lineOn, silent } from './line.ts';
import { Patience } from './patience.ts';
import { TASK_CLUSTERS, type TaskCluster } from './resource.ts';
import { type Goal, type Standing, standingOf } from './standing.ts';
import type { Target } from './target.ts';

export interface WaitingOptions {
  /** How long a cluster may take to become ready; ten minutes unless said. */
  readonly timeoutMs?: number | undefined;
  /** Says nothing of what it waits for. */
  readonly quiet?: boolean | undefined;
  /** Where it says it; stderr unless said. */
  readonly stream?: ProgressStream | undefined;
}

export interface Wait extends WaitingOptions {
  readonly goal: Goal;
  /** Told of each change on the way. */
  readonly seen?: (cluster: TaskCluster) => void;
  /** Somebody else knows that the goal is reached, or why it never will be. */
  readonly enough?: Promise<unknown>;
  readonly clock?: Clock;
}

export const TIMEOUT_MS = 600_000;
/** How often the grace of what is wrong is looked at. */
const TICK_MS = 500;

export async function waitFor(target: Target, name: string, wait: Wait): Promise<void> {
  const { quiet, stream = process.stderr } = wait;
  const line = quiet ? silent : lineOn(stream);
  const waiter = new Waiter(target, name, wait, line);
  try {
    await waiter.reached;
  } finally {
    await waiter.stop();
    line.end();
  }
}

class Waiter {
  readonly reached: Promise<void>;
  readonly #name: string;
  readonly #target: Target;
  readonly #wait: Wait;
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #reflector: Reflector<TaskCluster>;
  #cluster: TaskCluster | undefined;
  #cancelTick = () => {};
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor(target: Target, name: string, wait: Wait, line: Line) {
    this.#target = target;
    this.#name = name;
    this.#wait = wait;
    this.#line = line;
    this.#clock = wait.clock ?? systemClock;
    this.#patience = new Patience(name, this.#clock.now(), wait.timeoutMs ?? TIMEOUT_MS);
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    wait.enough?.then(() => this.#resolve(), this.#reject);
    // One object as a collection of one, so that the reflector can follow it.
    const one = { namespace: target.namespace, fieldSelector: `metadata.name=${name}` };
    this.#reflector = new Reflector({
      source: sourceOf(target.api, TASK_CLUSTERS, one),
      clock: this.#clock,
      changed: ({ is, object }) => this.#changed(is === 'deleted' ? undefined : object),
      troubled: ({ error }) => this.#troubled(error),
    });
    this.#reflector.start().catch(this.#reject);
    void this.#reflector.synced.then(() => this.#cluster ?? this.#changed(undefined));
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#cancelTick();
    await this.#reflector.stop();
  }

  #changed(cluster: TaskCluster | undefined): void {
    this.#cluster = cluster;
    if (!cluster) return this.#reject(givenUp.gone(this.#name));
    this.#wait.seen?.(cluster);
    this.#look();
  }

  /** An API server that is busy or gone for a while is waited for, too. */
  #troubled(error: ApiError): void {
    if (error.retryable) this.#line.say(`${this.#name}: ${error.message}; trying again`);
    else this.#reject(failureOf(error, this.#target));
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#look();
      this.#tick();
    });
  }

  #look(): void {
    const standing: Standing = this.#cluster
      ? standingOf(this.#cluster, this.#wait.goal)
      : { is: 'coming', line: 'the Kubernetes API has not answered yet' };
    const error = this.#patience.ended(standing, this.#clock.now());
    if (error) this.#reject(error);
    else if (standing.is === 'there') this.#resolve();
    else if ('line' in standing) this.#line.say(`${this.#name}: ${standing.line}`);
  }
}
