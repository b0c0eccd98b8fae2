// Taskloom as its users meet it: LocalCluster with processes, or in the caller's own.
import { LocalCluster } from '@taskloom/client';
import { about, figure, question, timed, workOf } from './speak.ts';
import { increment, works } from './taskloom_works.ts';

const MODES: Readonly<Record<string, boolean>> = { processes: false, 'in-process': true };
const TWO_WORKERS = new Set(['peer']);

const { mode, work, size } = question();
const inProcess = workOf(MODES, mode);
const shape = TWO_WORKERS.has(work) ? { workers: 2, threads: 1 } : { workers: 1, threads: 2 };
about({ taskloom: '0.1.0', node: process.versions.node });

async function startToFirstResult(): Promise<void> {
  const { seconds, answer: cluster } = await timed(async () => {
    const started = await LocalCluster.start({ ...shape, inProcess });
    await started.client().submit(increment, 1);
    return started;
  });
  figure('start.seconds', seconds);
  await cluster.close();
}

if (work === 'start') await startToFirstResult();
else {
  const run = workOf(works, work);
  const cluster = await LocalCluster.start({ ...shape, inProcess });
  await run(cluster.client(), size);
  await cluster.close();
}
