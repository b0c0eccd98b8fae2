import { expect, it } from 'vitest';
import { calmer, planVisits, runAll } from './run.ts';
import { CONTENDERS } from './table.ts';

const plan = (names: readonly string[], works: readonly string[], scale = 1) =>
  planVisits({ contenders: CONTENDERS.filter(({ name }) => names.includes(name)), works, scale }).map(
    ({ contender, work, plan }) => `${work} ${contender.name} ${plan.size}`,
  );

it('visits all contenders for one work before the next work', () => {
  expect(plan(['taskloom', 'frisky', 'dask'], ['chain', 'map'])).toEqual([
    'map taskloom 50000',
    'map frisky 50000',
    'map dask 2000',
    'chain taskloom 1000',
    'chain frisky 1000',
    'chain dask 100',
  ]);
});

it('asks nobody for a work that it cannot do', () => {
  expect(plan(['piscina', 'dask', 'bare'], ['million', 'tree', 'peer'])).toEqual([
    'tree dask 512',
    'peer dask 100000000',
  ]);
});

it('keeps a tree a power of two, whatever the scale', () => {
  for (const scale of [0.001, 0.03, 0.3, 0.9]) {
    const leaves = Number(plan(['taskloom'], ['tree'], scale)[0]?.split(' ').at(-1));
    expect(Number.isInteger(Math.log2(leaves)) && leaves >= 2).toBe(true);
  }
});

it('measures nothing in Python without its environment, and says why', async () => {
  const said: string[] = [];
  const outcome = await runAll(
    {
      contenders: CONTENDERS.filter(({ language }) => language === 'python'),
      works: ['map'],
      repetitions: 2,
      budgetSeconds: 60,
      scale: 1,
      say: (text) => said.push(text),
    },
    { phase: 'missing', because: 'there is no python3' },
  );
  expect(outcome.gaps.map(({ contender, because }) => `${contender}: ${because}`)).toEqual([
    'frisky: there is no python3',
    'frisky-inprocess: there is no python3',
    'dask-tuned: there is no python3',
    'dask: there is no python3',
  ]);
  expect(said).toEqual([]);
});

it('counts the calmer of two visits, but never one that failed', () => {
  const of = (foreignCores: number, failure?: string) => ({
    lines: [],
    seconds: 1,
    foreignCores,
    ...(failure && { failure }),
  });
  expect(calmer(of(0.5), of(0.1))).toEqual(of(0.1));
  expect(calmer(of(0.5), of(0.9))).toEqual(of(0.5));
  expect(calmer(of(0.5), of(0.1, 'did not finish'))).toEqual(of(0.5));
});
