// The part of RESULTS.md that tells of Kubernetes.
import { number, summary, table } from '../format.ts';
import { holdAgainst, type Verdict } from '../goals.ts';
import { absoluteText, verdictText } from '../report.ts';
import { summarize } from '../statistics.ts';
import { type KubernetesMetric, METRIC_IDS, METRICS, type MetricId } from './metrics.ts';
import type { Outcome } from './run.ts';

export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  /** Which Kubernetes, and where it comes from. */
  readonly kubernetes: string;
  readonly seconds: number;
  readonly repetitions: number;
}

export function render(outcome: Outcome, circumstances: Circumstances): string {
  return [
    '# Benchmark results on Kubernetes',
    'Written by `npm run bench:kubernetes`; how each work is measured is in `bench/kubernetes/`.',
    about(outcome, circumstances),
    '## Against the goals of Kubernetes',
    goals(outcome),
    '## Everything measured on Kubernetes',
    everything(outcome),
    '## Not measured on Kubernetes',
    [
      ...outcome.gaps.map(({ what, because }) => `- ${what}: ${because.replaceAll('\n', ' ')}`),
      NEVER_MEASURED,
    ].join('\n'),
    '## What the figures of Kubernetes do not say',
    CAVEATS,
    '',
  ].join('\n\n');
}

function about(
  { versions, unquiet }: Outcome,
  { date, machine, kubernetes, seconds, repetitions }: Circumstances,
): string {
  return [
    `- Date: ${date}; ${number(seconds / 60)} minutes in all.`,
    `- Machine: ${machine}.`,
    `- Kubernetes: ${kubernetes}.`,
    `- Versions: ${[...versions].map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    `- Rounds: ${repetitions}, each figure from a fresh process and cluster; what takes minutes, once.`,
    `- Works begun without quiet: ${unquiet}.`,
  ].join('\n');
}

function goals({ figures }: Outcome): string {
  const rows = METRIC_IDS.flatMap((id) => {
    const { title, unit, better, bounds }: KubernetesMetric = METRICS[id];
    if (!bounds) return [];
    const bound = (value: number | undefined) =>
      value === undefined ? '' : absoluteText(value, better, unit);
    const verdict: Verdict = holdAgainst(figures.get(id) ?? [], bounds, better) ?? NOT_MEASURED;
    return [[title, measured(id, figures), bound(bounds.must), bound(bounds.goal), verdictText(verdict)]];
  });
  return table(['what', 'measured', 'must', 'goal', 'verdict'], rows);
}

const NOT_MEASURED = { phase: 'not measured', because: 'see below' } as const;

function everything({ figures }: Outcome): string {
  const rows = METRIC_IDS.filter((id) => figures.has(id)).map((id) => [
    METRICS[id].title,
    measured(id, figures),
  ]);
  return table(['what', 'median [min–max]'], rows);
}

function measured(id: MetricId, figures: Outcome['figures']): string {
  const value = summarize(figures.get(id) ?? []);
  return value ? `${summary(value)} ${METRICS[id].unit}`.trim() : '';
}

const NEVER_MEASURED =
  '- More than one node, a network that is not loopback, an API server that others keep busy.';

const CAVEATS = [
  '- Kubernetes, its node, the pods and the client share the cores of one machine: starting ten workers is mostly ten times the start of Node.',
  '- Images are on the node. Pulling them comes on top, once for each node.',
  '- kubectl is a process that is started twice in the first row, which is about 0.1 s of it.',
  '- The ten clusters of ten are real pods, each worker connected to its scheduler.',
  '- An operator looks at each cluster whole at least every ten minutes, and at its Secrets, by name, every 50 s, when it looks at the rest as well.',
].join('\n');
