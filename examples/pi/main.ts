/** Estimates pi by throwing points at a square, and throws more until the estimate is as good as asked for. */
import { LocalCluster } from '@taskloom/client';
import { randomStream } from '../random.ts';

const SEED = 20;
const POINTS_PER_TASK = 1_000_000;
const STANDARD_ERROR = 2e-4;

/** How many of the points fall into the circle. Each task has a stream of its own. */
function hits(task: number): number {
  const random = randomStream(SEED, task);
  let inside = 0;
  for (let i = 0; i < POINTS_PER_TASK; i++) {
    const x = random();
    const y = random();
    if (x * x + y * y < 1) inside++;
  }
  return inside;
}

await using cluster = await LocalCluster.start();
const client = cluster.client();

let tasks = 0;
let inside = 0;
let error = Infinity;
while (error > STANDARD_ERROR) {
  // As many again as there were: the number of rounds grows with the logarithm of what is needed.
  const more = Array.from({ length: Math.max(16, tasks) }, (_, i) => tasks + i);
  for (const count of await client.gather(client.map(hits, more))) inside += count;
  tasks += more.length;
  const points = tasks * POINTS_PER_TASK;
  const share = inside / points;
  error = 4 * Math.sqrt((share * (1 - share)) / points);
  console.log(`${tasks} tasks: pi = ${(4 * share).toFixed(6)} +- ${error.toFixed(6)}`);
}
