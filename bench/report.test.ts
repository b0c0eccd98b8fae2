import { expect, it } from 'vitest';
import type { MetricId } from './metrics.ts';
import { render } from './report.ts';
import type { Outcome } from './run.ts';
import { CONTENDERS, type Work } from './table.ts';

const outcome = (): Outcome => ({
  samples: new Map([
    ['taskloom', new Map<MetricId, number[]>([['map.rate', [200_000, 250_000, 90_000]]])],
    ['frisky', new Map<MetricId, number[]>([['map.rate', [16_000, 15_000, 15_000]]])],
  ]),
  sizes: new Map([['taskloom', new Map<Work, number>([['map', 50_000]])]]),
  gaps: [{ contender: 'dask', what: 'all works', because: 'there is no python3' }],
  disturbances: [
    { contender: 'taskloom', work: 'map', cores: 0.9 },
    { contender: 'frisky', work: 'map', cores: 0.1 },
  ],
  versions: new Map([['frisky', '0.7.2']]),
  rounds: 3,
  unquiet: 1,
  unquietInRow: 0,
});

const text = render(outcome(), {
  date: '2026-01-02',
  machine: '2 cores',
  seconds: 600,
  repetitions: 5,
  contenders: CONTENDERS,
});
const linesOf = (part: string) => text.split('\n').filter((line) => line.includes(part));

it('gives medians with their spread, and the ratio to Frisky', () => {
  expect(linesOf('Taskloom, processes, 1 x 2 | **')).toEqual([
    '| Taskloom, processes, 1 x 2 | **200,000** [90,000–250,000] | 13.3 | 50,000 |',
  ]);
});

it('says of a goal in how many rounds it was missed', () => {
  expect(linesOf('| ≥ 8x frisky')).toEqual([
    '| taskloom | empty map of 50,000, submitted and gathered | **12.5** [6.00–16.7] x | ≥ 8x frisky | ≥ 60x frisky | must met (must met in 2 of 3 rounds) |',
  ]);
});

it('names what was not measured, and why', () => {
  expect(text).toContain('- Dask, default, all works: there is no python3');
  expect(text).toContain('not measured: no figure of core');
});

it('names the visits that were disturbed, and a run that was cut short', () => {
  expect(text).toContain(
    '1 of 2 visits had more than 0.25 cores used by strangers, after a second try: map of taskloom.',
  );
  expect(text).toContain('The time ran out before 5.');
});
