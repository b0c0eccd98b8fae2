// `npm run bench:kubernetes`: on the cluster that is up, else on one that is made for the run. `--only`, `--repetitions` and
// `--idle-minutes` narrow it; a narrowed run prints its report and leaves RESULTS.md alone.
import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../test/kubernetes/cluster-up.ts';
import { installed } from '../../test/kubernetes/installed.ts';
import { kubectl } from '../../test/kubernetes/kubectl.ts';
import { keep } from '../parts.ts';
import { thisMachine } from '../report.ts';
import { type Options, parseOptions } from './options.ts';
import { announce, emptied, type Place } from './place.ts';
import { turnsOf } from './plans.ts';
import { render } from './report.ts';
import { type Outcome, runAll } from './run.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function measured({ kubeconfig }: Cluster, options: Options): Promise<Outcome> {
  const place: Place = { kubeconfig, namespace: `bench-${randomUUID().slice(0, 8)}` };
  await kubectl(place, 'create', 'namespace', place.namespace);
  announce(place);
  try {
    return await runAll(turnsOf(options), { before: () => emptied(place), say });
  } finally {
    await kubectl(place, 'delete', 'namespace', place.namespace);
  }
}

async function bench(options: Options): Promise<void> {
  const began = performance.now();
  const { cluster, end } = await installed(say);
  try {
    const outcome = await measured(cluster, options);
    const text = render(outcome, {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      kubernetes: await described(cluster),
      seconds: (performance.now() - began) / 1000,
      repetitions: options.repetitions,
    });
    if (options.narrowed) process.stdout.write(text);
    else await keep(text);
  } finally {
    await end();
  }
}

async function described(cluster: Cluster): Promise<string> {
  const { gitVersion } = JSON.parse(await kubectl(cluster, 'get', '--raw', '/version'));
  const nodes = await kubectl(cluster, 'get', 'nodes', '-o', 'name');
  const [count, from] = [nodes.trim().split('\n').length, cluster.from];
  return `${gitVersion}, ${from}, ${count} ${count === 1 ? 'node, which is this machine' : 'nodes'}`;
}

await bench(parseOptions(process.argv.slice(2)));
