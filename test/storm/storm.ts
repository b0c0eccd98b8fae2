/**
 * Random work, random withdrawal and random deaths on real processes. Each future must have the value that a loop would have given it, or
 * an error that something did to it or to what it stands on.
 */
import type { Client, ClientError, Future, LocalCluster } from '@taskloom/client';
import { type Random, random } from '../../worker/src/testing/random.ts';
import {
  add,
  endless,
  isWhole,
  later,
  type Made,
  made,
  next,
  secondTime,
  stepped,
  summed,
  throwing,
  total,
} from './tasks.ts';

/** A task whose worker dies so often fails. */
const DEATHS = 3;

interface Node {
  readonly future: Future<Made>;
  /** Undefined where it can only fail. */
  readonly expected: number | undefined;
  /** Codes, or messages, of the errors that it may end with. */
  readonly may: Set<string>;
  readonly users: Node[];
  isReleased: boolean;
}

export class Storm {
  readonly #cluster: LocalCluster;
  readonly #client: Client;
  readonly #random: Random;
  readonly #mayKill: boolean;
  readonly #checks: Promise<void>[] = [];
  #nodes: Node[] = [];
  #deaths = 0;

  constructor(cluster: LocalCluster, seed: number, { mayKill }: { readonly mayKill: boolean }) {
    this.#cluster = cluster;
    this.#client = cluster.client();
    this.#random = random(seed);
    this.#mayKill = mayKill;
    this.#note(this.#client.submit(made, 1), 1);
  }

  async blow(deeds: number): Promise<void> {
    for (let i = 0; i < deeds; i++) await this.#random.pick(this.#deeds)();
    // Those that are to leave may be all that there are.
    if (this.#mayKill) await this.#cluster.scale(this.#cluster.workers.length + 1);
    for (const node of this.#nodes) this.#expect(node);
    await Promise.all(this.#checks);
    for (const { future } of this.#nodes) future.release();
    await this.#client.close();
  }

  readonly #submits = [
    () => {
      const [a, b] = [this.#pick(), this.#pick()];
      const future = this.#client.submit(
        add,
        a.future,
        b.future,
        this.#random.pick([0, 0, 1, 5, 30]),
        this.#bytes(),
      );
      this.#note(future, both(a, b), [a, b]);
    },
    () => {
      const a = this.#pick();
      this.#note(this.#client.submit(later, a.future, this.#random.int(20)), after(a, 1), [a]);
    },
    () => {
      const number = this.#random.int(1_000);
      const options = { broadcast: this.#random.chance(0.3) };
      const future = this.#client.scatter(made(number, this.#random.pick([0, 300_000])), options);
      this.#note(future, number, [], ['data-lost']);
    },
    () => {
      const a = this.#pick();
      this.#note(this.#client.submit(throwing, a.future), undefined, [a], ['thrown']);
    },
    () => {
      const a = this.#pick();
      this.#note(this.#client.with({ retries: 1 }).submit(secondTime, a.future), after(a, 2), [a]);
    },
    () => {
      const priority = this.#random.int(5) - 2;
      const number = this.#random.int(1_000);
      this.#note(this.#client.with({ priority }).submit(made, number, this.#bytes()), number);
    },
    () => {
      const a = this.#pick();
      const resources = { GPU: this.#random.pick([0.3, 0.5, 1]) };
      this.#note(this.#client.with({ resources }).submit(stepped, a.future, 3), after(a, 3), [a]);
    },
    () => this.#note(this.#client.with({ timeoutMs: 60 }).submit(endless), undefined, [], ['timed-out']),
    () => this.#maps(),
    () => this.#maps(),
  ];

  readonly #deeds: readonly (() => unknown)[] = [
    ...this.#submits,
    ...this.#submits,
    () => this.#cancel(this.#pick()),
    () => this.#release(),
    () => this.#expect(this.#pick()),
    () => this.#client.counters(),
    () => new Promise((resolve) => setTimeout(resolve, this.#random.int(30))),
    () => this.#kill(),
    () => this.#stop(),
    () => this.#scale(),
    () => this.#retire(),
    () => this.#callOnEach(),
  ];

  /** A map that captures a future, perhaps one over it, perhaps one task of all of that. */
  #maps(): void {
    const count = 1 + this.#random.int(300);
    const steps = Array.from({ length: count }, (_, i) => i);
    const a = this.#pick();
    const { future } = a;
    const list = this.#client.map((by: number) => stepped(future.value, by), steps);
    const some = [...new Set([0, this.#random.int(count)])].map((i) =>
      this.#note(list.at(i) as Future<Made>, after(a, i), [a]),
    );
    if (this.#random.chance(0.5)) return;
    const over = this.#client.map(stepped, list, steps);
    const at = this.#random.int(count);
    const expected = (i: number) => {
      const before = after(a, i);
      return before === undefined ? undefined : next(before, i);
    };
    some.push(this.#note(over.at(at) as Future<Made>, expected(at), [a, ...some]));
    if (this.#random.chance(0.5)) return;
    const all = a.expected === undefined ? undefined : total(steps.map((i) => expected(i) as number));
    this.#note(this.#client.submit(summed, over), all, [a, ...some]);
  }

  #cancel(node: Node): void {
    node.future.cancel();
    const mark = ({ may, users }: Node) => {
      may.add('cancelled');
      users.forEach(mark);
    };
    mark(node);
  }

  #release(): void {
    if (this.#nodes.length < 5) return;
    const node = this.#pick();
    node.isReleased = true;
    node.future.release();
    this.#nodes = this.#nodes.filter((other) => other !== node);
  }

  #kill(): void {
    const { pid } = this.#random.pick(this.#cluster.workers) ?? {};
    if (!this.#mayKill || pid === undefined) return;
    this.#deaths++;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // It has just died of the last one.
  }

  /** For a while a worker does nothing and says nothing. */
  #stop(): void {
    const { pid } = this.#random.pick(this.#cluster.workers) ?? {};
    if (!this.#mayKill || pid === undefined) return;
    const go = () => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {} // It was killed meanwhile.
    };
    try {
      process.kill(pid, 'SIGSTOP');
    } catch {
      return;
    }
    const ms = this.#random.pick([20, 200, 600]);
    this.#checks.push(new Promise((resolve) => setTimeout(resolve, ms)).then(go));
  }

  #retire(): void {
    const { workers } = this.#client;
    if (!this.#mayKill || workers.length < 2) return;
    // It may die before it is asked.
    const retired = this.#client
      .retire([this.#random.pick(workers).name])
      .catch(mustBe('bad-option', 'worker-died'));
    this.#checks.push(retired);
  }

  #callOnEach(): void {
    const called = this.#client.run(made, 5).then((answers) => {
      for (const { number } of answers.values())
        if (number !== 5) throw new Error(`a call on each worker gave ${number}`);
    });
    this.#checks.push(called.catch(mustBe('worker-died')));
  }

  #scale(): void {
    if (!this.#mayKill) return;
    // A worker that is killed as it starts is started again, and who asked hears of it.
    const scaled = this.#cluster.scale(1 + this.#random.int(3)).catch(mustBe('start-failed'));
    this.#checks.push(scaled);
  }

  #note(
    future: Future<Made>,
    expected: number | undefined,
    inputs: readonly Node[] = [],
    codes: readonly string[] = [],
  ): Node {
    const may = new Set([...codes, ...inputs.flatMap((input) => [...input.may])]);
    const node = { future, expected, may, users: [], isReleased: false };
    for (const { users } of inputs) users.push(node as never);
    this.#nodes.push(node);
    return node;
  }

  #expect(node: Node): void {
    const { future, expected, may } = node;
    const number = this.#nodes.indexOf(node);
    const checked: Promise<void> = future.then(
      (value) => {
        if (value.number !== expected || !isWhole(value))
          throw new Error(`future ${number} (${future.name}) is ${value.number}, not ${expected}`);
      },
      (error: unknown) => {
        const { code, message } = error as { readonly code: string; readonly message: string };
        const mayDie = code === 'worker-died' && this.#deaths >= DEATHS;
        if (may.has(code) || may.has(message) || mayDie || node.isReleased) return;
        throw new Error(`future ${number} (${future.name}) failed with ${code}: ${message}`);
      },
    );
    this.#checks.push(checked);
    // Whoever looks at it later is told.
    checked.catch(() => {});
  }

  #pick(): Node {
    return this.#random.pick(this.#nodes);
  }

  #bytes(): number {
    return this.#random.pick([0, 0, 10, 100_000]);
  }
}

function mustBe(...codes: readonly string[]): (error: ClientError) => void {
  return (error) => {
    if (!codes.includes(error.code)) throw error;
  };
}

function after({ expected }: Node, by: number): number | undefined {
  return expected === undefined ? undefined : next(expected, by);
}

function both(a: Node, b: Node): number | undefined {
  return b.expected === undefined ? undefined : after(a, b.expected);
}
