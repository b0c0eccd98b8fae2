/** For each file, for each bandwidth: how well does the model predict? Each file is loaded once, all scores run in parallel. */
import { LocalCluster } from '@taskloom/client';
import { timesRun } from './counters.ts';
import { score } from './local-regression.ts';
import { load, SOURCES } from './sources.ts';

const names = Object.keys(SOURCES);
const bandwidths = Array.from({ length: 24 }, (_, i) => 0.08 * 1.16 ** i);

/** The loop as everybody writes it. */
function sequential() {
  return names.flatMap((name) => {
    const data = load(name);
    return bandwidths.map((bandwidth) => ({ name, bandwidth, score: score(data, bandwidth) }));
  });
}

await using cluster = await LocalCluster.start();
const client = cluster.client();

/** The same loop with `client.submit` before each call: `data` is a Future here and a Dataset where `score` runs. */
async function parallel() {
  const scores = names.flatMap((name) => {
    const data = client.submit(load, name);
    return bandwidths.map((bandwidth) => ({ name, bandwidth, score: client.submit(score, data, bandwidth) }));
  });
  await client.progress(scores.map((one) => one.score));
  return client.gather(scores);
}

async function timed<T>(run: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  return [await run(), (performance.now() - start) / 1000];
}

// Both sides compile and start what they need before they are measured; the warm-up has data of its own.
const warm = {
  name: 'warm-up',
  rows: 300,
  features: 1,
  x: new Float64Array(300),
  y: new Float64Array(300).fill(1),
};
for (let i = 0; i < 8; i++) score(warm, 1);
await client.gather(client.map((bandwidth: number) => score(warm, bandwidth), new Array(64).fill(1)));

const [expected, sequentialSeconds] = await timed(sequential);
const [results, parallelSeconds] = await timed(parallel);

for (const name of names) {
  const ofFile = results.filter((result) => result.name === name);
  const best = ofFile.reduce((a, b) => (b.score > a.score ? b : a));
  console.log(
    `${name.padEnd(22)} best R2 ${best.score.toFixed(4)} at bandwidth ${best.bandwidth.toFixed(3)}`,
  );
}
const same = results.every((result, i) => result.score === expected[i]?.score);
const loads = timesRun(await client.counters(), 'load');
console.log(`${names.length} files, each loaded once: load ran ${loads} times on the workers`);
console.log(
  `${results.length} scores, ${same ? 'the same as' : 'NOT THE SAME AS'} those of the sequential loop`,
);
console.log(
  `sequential ${sequentialSeconds.toFixed(2)} s, parallel ${parallelSeconds.toFixed(2)} s: ` +
    `${(sequentialSeconds / parallelSeconds).toFixed(2)} times as fast`,
);
if (!same || loads !== names.length) process.exitCode = 1;
