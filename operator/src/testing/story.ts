/** Tells what becomes of a cluster, step by step, in words that can be read and compared. */
import type { Pod } from '../observed/pod.ts';
import { left, ready, running } from './pods.ts';
import { type Done, groupOf, World } from './world.ts';

export class Story {
  readonly world: World;
  readonly transcript: string[] = [];
  /** Pods by the names that stories give them: group and number, in the order in which they were made. */
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(spec: object = {}) {
    this.world = new World(spec);
  }

  /** Something happens; then the operator looks. */
  step(what: string, act: () => void = () => {}): this {
    this.transcript.push(`> ${what}`);
    act();
    return this.look();
  }

  look(): this {
    const commands = this.world.reconcile();
    const lines = this.#told(commands);
    this.transcript.push(...(lines.length > 0 ? lines : ['nothing']));
    this.world.control();
    return this;
  }

  after(seconds: number): this {
    this.world.now += seconds * 1000;
    return this.step(`${seconds} s later`);
  }

  /** The status in one line. */
  status(): this {
    const { status } = this.world.cluster;
    const said = (status?.conditions ?? [])
      .filter(({ type, status: truth }) => truth !== USUAL[type])
      .map(
        ({ type, status: truth, reason, message }) =>
          `${type}=${truth} ${reason}: ${message.replaceAll('\n', ' | ')}`,
      );
    this.transcript.push(
      `= ${status?.workersReady} workers`,
      ...said.map((line) => `  ${this.#renamed(line)}`),
    );
    return this;
  }

  /** The scheduler's pod runs and answers. */
  schedulerUp(): this {
    return this.step('the scheduler is up', () => {
      const { world } = this;
      world.control();
      const pod = world.schedulerPod;
      if (pod) world.set(ready(pod, world.now));
      world.answers = true;
      world.quietSince = world.now;
    });
  }

  silence(): this {
    return this.step('the scheduler does not answer', () => {
      this.world.answers = false;
      this.world.silentSince = this.world.now;
    });
  }

  /** All that start run, connect and are ready. */
  workersUp(what = 'all workers are up', which: (pod: Pod) => boolean = () => true): this {
    return this.step(what, () => {
      const { world } = this;
      for (const pod of world.workers().filter(which)) {
        if (pod.metadata.deletionTimestamp || pod.status?.containerStatuses?.[0]?.ready) continue;
        world.set(ready(running(pod, world.now), world.now));
        world.connect(pod.metadata.name);
      }
    });
  }

  /** What was told to drain has. */
  drained(): this {
    return this.step('they have drained', () => {
      const { world } = this;
      world.now += 1000;
      for (const [name, worker] of world.connected) {
        if (worker.state !== 'draining') continue;
        world.connected.delete(name);
        const pod = world.pods.get(name);
        if (pod) world.set(left(pod, world.now));
      }
    });
  }

  /** What was deleted is gone. */
  gone(): this {
    return this.step('what was deleted is gone', () => {
      for (const pod of [...this.world.pods.values()]) {
        if (pod.metadata.deletionTimestamp) this.world.remove(pod.metadata.name);
      }
    });
  }

  /** By its name in the story. */
  pod(name: string): Pod {
    const [real] = [...this.#names].find(([, told]) => told === name) ?? [];
    const pod = real === undefined ? undefined : this.world.pods.get(real);
    if (!pod) throw new Error(`there is no ${name} in this story`);
    return pod;
  }

  /** A scheduler and its workers, ready, nothing to be done. */
  static settled(spec: object = {}): Story {
    const story = new Story(spec).look().schedulerUp().workersUp();
    story.world.now += 60_000;
    story.world.quietSince = story.world.now;
    story.look();
    story.transcript.length = 0;
    return story;
  }

  #told(commands: readonly Done[]): string[] {
    const lines: string[] = [];
    const grouped = (kind: string, names: readonly string[]) => {
      if (names.length > 0) lines.push(`${kind} ${names.join(', ')}`);
    };
    const of = <K extends Done['kind']>(kind: K) =>
      commands.filter((command): command is Extract<Done, { kind: K }> => command.kind === kind);
    grouped(
      'try',
      of('dryRun').map(({ key }) => this.#hashless(key)),
    );
    for (const { object } of of('apply'))
      lines.push(`apply ${object.kind} ${this.#hashless(object.metadata.name)}`);
    for (const { among } of of('rank')) grouped('ask which is cheapest of', this.#listed(among));
    grouped('mark', this.#listed(of('annotatePod').map(({ pod }) => pod.name)));
    grouped('retire', this.#listed(of('retire').flatMap(({ workers }) => workers)));
    for (const { pod, graceSeconds, reason } of of('deletePod')) {
      const grace = graceSeconds === undefined ? '' : `, within ${graceSeconds} s`;
      lines.push(`delete ${this.#nameOf(pod.name)}${grace}: ${reason}`);
    }
    grouped('make', this.#listed(of('createPod').map(({ pod }) => pod.metadata.name)));
    for (const { object } of of('delete'))
      lines.push(`delete ${object.kind} ${this.#hashless(object.metadata.name)}`);
    for (const { reason } of of('deleteCluster')) lines.push(`delete the cluster: ${reason}`);
    for (const { reason } of of('suspendCluster')) lines.push(`suspend the cluster: ${reason}`);
    for (const { pod } of of('readLog')) lines.push(`read the last lines of ${this.#nameOf(pod.name)}`);
    for (const { type, reason, note } of of('event')) {
      lines.push(`tell ${type} ${reason}: ${this.#renamed(note).replaceAll('\n', ' | ')}`);
    }
    for (const { ms } of of('requeueAfter').slice(-1)) lines.push(`look again in ${ms / 1000} s`);
    return lines;
  }

  #listed = (names: readonly string[]) => names.map((name) => this.#nameOf(name));

  #nameOf(name: string): string {
    const known = this.#names.get(name);
    if (known) return known;
    const group = groupOf(this.world.pods.get(name));
    if (group === undefined)
      return name === this.world.schedulerPod?.metadata.name ? name : 'one that is refused';
    const count = (this.#counts.get(group) ?? 0) + 1;
    this.#counts.set(group, count);
    const told = `${group}-${count}`;
    this.#names.set(name, told);
    return told;
  }

  #renamed(text: string): string {
    let renamed = this.#hashless(text);
    for (const [name, told] of this.#names) renamed = renamed.replaceAll(name, told);
    return renamed;
  }

  #hashless = (text: string) => text.replace(/\.[0-9a-f]{16}\b/g, '');
}

/** What goes without saying. */
const USUAL: Readonly<Record<string, string>> = {
  Accepted: 'True',
  SchedulerReady: 'True',
  WorkersReady: 'True',
  Progressing: 'False',
  Degraded: 'False',
  Suspended: 'False',
};
