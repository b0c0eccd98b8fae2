import { expect, it } from 'vitest';
import type { MetricId } from './metrics.ts';
import { render } from './report.ts';
import { type Outcome, record } from './run.ts';

const outcome: Outcome = {
  figures: new Map<MetricId, number[]>([
    ['ready.seconds', [2, 4, 9]],
    ['idle.writes', [0]],
    ['map.rate', [500_000]],
    ['drift.port', [0.25]],
  ]),
  gaps: [],
  versions: new Map([['taskloom', '0.1.0']]),
  unquiet: 0,
};
record(outcome, 'map', { lines: [{ kind: 'figure', metric: 'map.rate', value: 90_000 }] });
record(outcome, 'map', { lines: [{ kind: 'figure', metric: 'million.seconds', value: 1 }] });
record(outcome, 'sizes', {
  lines: [{ kind: 'unable', metric: 'image.mb', because: 'the image was not built here' }],
});
record(outcome, 'scale', { lines: [], failure: 'did not finish within 90 s' });

const text = render(outcome, {
  date: '2026-01-02',
  machine: '2 cores',
  kubernetes: 'v1.35.4, compiled, 1 node',
  seconds: 1200,
  repetitions: 3,
});

it.each([
  '| kubectl apply until kubectl wait has seen Ready, 2 workers | **4.00** [2.00–9.00] s | ≤ 6 s | ≤ 2.5 s | must met (must met in 2 of 3 rounds) |',
  '| operator: writes to the API in the idle minutes, beyond its Lease | 0 (once) | ≤ 0 | ≤ 0 | goal met |',
  '| port-forward: empty map of 50,000 | **295,000** [90,000–500,000] tasks/s | ≥ 100,000 tasks/s | ≥ 400,000 tasks/s | must met (must met in 1 of 2 rounds) |',
  '| CRD |  | ≤ 100 KiB | ≤ 60 KiB | not measured: see below |',
  '| drift of the port of the Service corrected | 0.250 (once) s |',
])('says %s', (line) => expect(text.split('\n')).toContain(line));

it('names what was not measured, and why', () => {
  expect(text).toContain('- image.mb: the image was not built here\n- scale: did not finish within 90 s');
});

it('has the heading by which it is found again', () => {
  expect(text.match(/^# .*$/gm)).toEqual(['# Benchmark results on Kubernetes']);
});
