/** How much malaria is there for so many mosquitoes? A sweep, eight replicates each, drawn against the equations. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalCluster } from '@taskloom/client';
import { plot } from './plot.ts';
import { BIOLOGY, costlySimulation, equilibrium, reproduction } from './ross-macdonald.ts';

const densities = Array.from({ length: 16 }, (_, i) => 0.1 * (i + 1));
const replicates = 8;

await using cluster = await LocalCluster.start();
const client = cluster.client();

const sweep = densities.flatMap((m) =>
  Array.from({ length: replicates }, (_, replicate) => ({ m, replicate })),
);
const runs = client.map(costlySimulation, sweep);
await client.progress(runs);
const prevalences = await client.gather(runs);

const points = densities.map((m, i) => {
  const ofDensity = prevalences.slice(i * replicates, (i + 1) * replicates);
  const mean = ofDensity.reduce((sum, value) => sum + value, 0) / replicates;
  return { m, mean, least: Math.min(...ofDensity), most: Math.max(...ofDensity) };
});
for (const { m, mean } of points) {
  const r0 = reproduction(m, BIOLOGY).toFixed(2);
  const expected = equilibrium(m, BIOLOGY).toFixed(3);
  console.log(
    `${m.toFixed(1)} mosquitoes a person, R0 ${r0}: prevalence ${mean.toFixed(3)}, the equations say ${expected}`,
  );
}

const out = join(import.meta.dirname, 'out');
mkdirSync(out, { recursive: true });
writeFileSync(
  join(out, 'prevalence.svg'),
  plot(points, (m) => equilibrium(m, BIOLOGY)),
);
console.log('plot: examples/malaria/out/prevalence.svg');
