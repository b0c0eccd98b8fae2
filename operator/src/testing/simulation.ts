/** A cluster to which anything happens, from a seed: people, nodes, the scheduler, a cache that is behind, an operator that is restarted. */
import type { Pod } from '../observed/pod.ts';
import { crashed, disconnected, failed, left, ready, running, unschedulable, waiting } from './pods.ts';
import { type Random, random } from './random.ts';
import { before, RULES } from './rules.ts';
import { type Done, World } from './world.ts';

const IMAGES = [undefined, 'acme/worker:1', 'acme/worker:2', 'acme/worker:3'];

export class Simulation {
  readonly world: World;
  readonly log: string[] = [];
  readonly #random: Random;
  /** What the cache shows; the watch brings it up to date now and then. */
  #cache: readonly Pod[] = [];

  constructor(seed: number, spec: object = {}) {
    this.#random = random(seed);
    this.world = new World({
      workers: { replicas: this.#random.int(6) },
      drainSeconds: this.#random.int(120),
      ...(this.#random.chance(0.3)
        ? { idle: { seconds: this.#random.pick([15, 60, 600]), action: 'Suspend' } }
        : {}),
      ...spec,
    });
    this.world.shown = () => this.#cache;
  }

  run(steps: number): void {
    for (let i = 0; i < steps && !this.world.deleted; i++) this.#step(EVENTS);
  }

  /** Nothing goes wrong and all takes its time. @param over is asked at each moment */
  goOn(over: () => boolean): void {
    for (let i = 0; !over(); i++) {
      if (i === LONGEST) throw new Error(`it never ends\n${this.log.slice(-60).join('\n')}`);
      this.#step(EVERYDAY);
    }
  }

  #step(events: readonly Event[]): void {
    const event = this.#random.pick(events);
    event?.(this.world, this.#random);
    this.log.push(event?.name ?? '');
    this.world.control();
    if (this.#random.chance(0.7)) this.deliver();
    if (this.#random.chance(0.8)) this.reconcile();
  }

  deliver(): void {
    this.#cache = [...this.world.pods.values()];
  }

  /** As the shell: not before the cache shows what we did ourselves. */
  reconcile(): readonly Done[] {
    const { world } = this;
    if (!this.#expected()) return [];
    const was = before(world);
    const done = world.reconcile();
    this.#written = done;
    this.log.push(...done.map(({ kind }) => `  ${kind}`));
    for (const [rule, check] of Object.entries(RULES)) {
      const broken = check(world, was, done);
      if (broken !== undefined) throw new Error(`${rule}: ${broken}\n${this.log.slice(-60).join('\n')}`);
    }
    return done;
  }

  #written: readonly Done[] = [];

  #expected(): boolean {
    const wrote = this.#written.some(({ kind }) => WRITES.has(kind));
    const shown = new Map(this.#cache.map((pod) => [pod.metadata.name, pod]));
    const behind = [...this.world.pods.values()].some((pod) => {
      const seen = shown.get(pod.metadata.name);
      return (
        !seen ||
        (pod.metadata.deletionTimestamp !== undefined && !seen.metadata.deletionTimestamp) ||
        retiring(pod) !== retiring(seen)
      );
    });
    return !(wrote && behind);
  }

  /** Nothing untoward happens any more; everything that has begun comes to its end. */
  calm(): readonly Done[] {
    const { world } = this;
    world.refuses = () => undefined;
    world.clients = 0;
    world.tasks = { waiting: 0, running: 0, held: 0 };
    let last: readonly Done[] = [];
    // Long enough for the longest backoff to pass, twice.
    for (let round = 0, quiet = 0; round < 200 && quiet < 20; round++) {
      world.now += 30_000;
      world.quietSince = world.now;
      world.control();
      settle(world);
      this.deliver();
      this.#written = [];
      last = this.reconcile();
      quiet = last.every(({ kind }) => kind === 'requeueAfter') ? quiet + 1 : 0;
    }
    return last;
  }
}

const WRITES: ReadonlySet<string> = new Set(['createPod', 'deletePod', 'annotatePod']);
const retiring = (pod: Pod) => pod.metadata.annotations?.['taskloom.dev/retiring-since'];

type Event = (world: World, chance: Random) => void;

const someWorker = (world: World, chance: Random, which: (pod: Pod) => boolean = () => true) =>
  chance.pick(world.workers().filter((pod) => !pod.metadata.deletionTimestamp && which(pod)));
const isUp = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.running !== undefined;
const hasEnded = ({ status }: Pod) => status?.phase === 'Failed' || status?.phase === 'Succeeded';

const EVENTS: readonly Event[] = [
  function timePasses(world, chance) {
    world.now += (1 + chance.int(40)) * 1000;
  },
  function podsStart(world, chance) {
    for (const pod of world.workers()) {
      if (!pod.status && chance.chance(0.7)) world.set(running(pod, world.now));
    }
  },
  function podsConnect(world, chance) {
    if (!world.answers) return;
    for (const pod of world.workers()) {
      if (isUp(pod) && !pod.metadata.deletionTimestamp && chance.chance(0.8)) connect(world, pod);
    }
  },
  function podFindsNoNode(world, chance) {
    const pod = someWorker(world, chance, ({ status }) => !status);
    if (pod) world.set(unschedulable(pod, world.now, 'no room'));
  },
  function imageIsMissing(world, chance) {
    const pod = someWorker(world, chance, ({ status }) => !status);
    if (pod) world.set(waiting(pod, world.now, 'ErrImagePull', 'not found'));
  },
  function podCrashes(world, chance) {
    const pod = someWorker(world, chance, isUp);
    if (!pod) return;
    world.connected.delete(pod.metadata.name);
    world.set(crashed(pod, world.now, 1));
  },
  function podFails(world, chance) {
    const pod = someWorker(world, chance);
    if (!pod) return;
    world.connected.delete(pod.metadata.name);
    world.set(failed(pod, world.now, 'Evicted', 'low on memory'));
  },
  function podIsDeletedByHand(world, chance) {
    const pod = someWorker(world, chance);
    if (pod) world.remove(pod.metadata.name);
  },
  function workersDrain(world, chance) {
    for (const [name, worker] of [...world.connected]) {
      if (worker.state === 'draining' && chance.chance(0.5)) drained(world, name);
    }
  },
  function deletedPodsGo(world, chance) {
    for (const pod of world.workers()) {
      if (pod.metadata.deletionTimestamp && chance.chance(0.6)) world.remove(pod.metadata.name);
    }
  },
  function schedulerAnswers(world) {
    const pod = world.schedulerPod;
    if (!pod || pod.metadata.deletionTimestamp) return;
    world.set(ready(pod, world.now));
    if (!world.answers) world.quietSince = world.now;
    world.answers = true;
  },
  schedulerGoes,
  function schedulerCrashes(world) {
    schedulerGoes(world);
    if (world.schedulerPod) world.set(crashed(world.schedulerPod, world.now, 1));
  },
  function schedulerPodGoes(world) {
    if (!world.schedulerPod?.metadata.deletionTimestamp) return;
    schedulerGoes(world);
    world.remove(world.schedulerPod.metadata.name);
  },
  function clientsComeAndGo(world, chance) {
    world.clients = chance.int(2);
    world.tasks = { waiting: chance.int(2), running: chance.int(2), held: 0 };
    world.quietSince = world.now;
  },
  function scaled(world, chance) {
    world.edit({ workers: { ...world.cluster.spec.workers, replicas: chance.int(9) } });
  },
  function imageChanges(world, chance) {
    world.edit({ image: chance.pick(IMAGES) });
  },
  function groupsChange(world, chance) {
    const names = ['gpu', 'large'].filter(() => chance.chance(0.5));
    world.edit({ workerGroups: names.map((name) => ({ name, replicas: chance.int(4) })) });
  },
  function suspended(world, chance) {
    world.edit({ suspend: chance.chance(0.3) });
  },
  function quota(world, chance) {
    const most = chance.int(12);
    world.refuses = chance.chance(0.5)
      ? (_, pods) => (pods.length >= most ? 'exceeded quota' : undefined)
      : () => undefined;
  },
  function operatorIsRestarted(world) {
    world.refusals.clear();
    for (const key of Object.keys(world.trials)) delete world.trials[key];
    for (const key of Object.keys(world.logs)) delete world.logs[key];
  },
];

/** What happens when all goes well. */
const EVERYDAY = EVENTS.filter(({ name }) =>
  ['timePasses', 'podsStart', 'podsConnect', 'workersDrain', 'deletedPodsGo'].includes(name),
);
/** Moments within which all is done that can be done. */
const LONGEST = 20_000;

function schedulerGoes(world: World): void {
  if (world.answers) world.silentSince = world.now;
  world.answers = false;
  world.connected.clear();
  for (const pod of world.workers()) {
    if (pod.status?.containerStatuses?.[0]?.ready) world.set(disconnected(pod, world.now + 1000));
  }
}

function connect(world: World, pod: Pod): void {
  world.set(ready(pod, world.now));
  if (world.connected.has(pod.metadata.name)) return;
  world.connect(pod.metadata.name);
}

function drained(world: World, name: string): void {
  world.connected.delete(name);
  const pod = world.pods.get(name);
  if (pod) world.set(left(pod, world.now));
}

function settle(world: World): void {
  for (const pod of [...world.pods.values()]) {
    if (pod.metadata.deletionTimestamp) world.remove(pod.metadata.name);
  }
  const { schedulerPod } = world;
  if (schedulerPod) world.set(ready(schedulerPod, world.now));
  if (!schedulerPod && world.answers) world.silentSince = world.now;
  world.answers = schedulerPod !== undefined;
  for (const [name, worker] of [...world.connected]) if (worker.state === 'draining') drained(world, name);
  for (const pod of world.answers ? world.workers() : []) {
    if (!hasEnded(pod) && !pod.metadata.deletionTimestamp) connect(world, pod);
  }
}
