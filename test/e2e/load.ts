/** Work for a cluster, of which afterwards can be told whether every value is right and what ran more than once. */
import type { Client } from '@taskloom/client';
import { KubeCluster } from '@taskloom/client/kubernetes';
import { cluster as kubernetes, type Place } from './on-node.ts';

/** What tasks say they ran, as it arrives at the client. */
class Runs {
  readonly #counts = new Map<string, number>();

  readonly note = ({ text }: { readonly text: string }): void => {
    for (const [, task = ''] of text.matchAll(/^ran (.*)$/gm)) {
      this.#counts.set(task, (this.#counts.get(task) ?? 0) + 1);
    }
  };

  /** Of different tasks. */
  get size(): number {
    return this.#counts.size;
  }

  get repeated(): string[] {
    return [...this.#counts].filter(([, count]) => count > 1).map(([task]) => task);
  }
}

export interface Joined extends AsyncDisposable {
  readonly client: Client;
  readonly runs: Runs;
}

/** A client from outside, as a script on somebody's laptop is one. */
export async function join({ namespace }: Place, name: string): Promise<Joined> {
  const { kubeconfig } = kubernetes;
  const cluster = await KubeCluster.connect(name, { kubeconfig, namespace, quiet: true });
  const runs = new Runs();
  const client = cluster.client({ output: runs.note });
  return { client, runs, [Symbol.asyncDispose]: () => cluster.close() };
}

/** Tasks of one graph. */
const TASKS = 5;

export interface Graphs {
  readonly values: Promise<number[]>;
  readonly expected: readonly number[];
}

/** Graphs three deep: two leaves, one task on each of them, one on both. */
export function submitGraphs(client: Client, tasks: number, taskMs: number): Graphs {
  const step = (name: string, value: number) => {
    const end = performance.now() + taskMs;
    while (performance.now() < end);
    console.log(`ran ${name}`);
    return value;
  };
  const leaf = (graph: number, side: number) => step(`leaf ${graph} ${side}`, graph + side);
  const twice = (graph: number, side: number, value: number) => step(`twice ${graph} ${side}`, 2 * value);
  const sum = (graph: number, a: number, b: number) => step(`sum ${graph}`, a + b);
  const graphs = Array.from({ length: tasks / TASKS }, (_, graph) => graph);
  const sums = graphs.map((graph) => {
    const half = (side: number) => client.submit(twice, graph, side, client.submit(leaf, graph, side));
    return client.submit(sum, graph, half(0), half(1));
  });
  return { values: client.gather(sums), expected: graphs.map((graph) => 4 * graph + 2) };
}
