// A whole run: each work in a process of its own, with clusters of its own, where nothing is left of the one before.
import { fileURLToPath } from 'node:url';
import { waitForQuiet } from '../quiet.ts';
import type { Contender } from '../table.ts';
import { type Report, visit } from '../visit.ts';
import { isMetricId, type MetricId } from './metrics.ts';
import type { Turn } from './plans.ts';

export interface Gap {
  readonly what: string;
  readonly because: string;
}

export interface Outcome {
  readonly figures: Map<MetricId, number[]>;
  readonly gaps: Gap[];
  readonly versions: Map<string, string>;
  /** Works that began although the machine was still busy after the wait. */
  unquiet: number;
}

/** An idle Kubernetes of one node is quiet enough. */
const QUIET_LIMIT_MS = 8_000;

const PROCESS: Contender = {
  name: 'kubernetes',
  title: 'Taskloom on Kubernetes',
  language: 'node',
  file: fileURLToPath(new URL('./process.ts', import.meta.url)),
  mode: 'kubernetes',
  plans: {},
};

export async function runAll(
  turns: readonly Turn[],
  { before, say }: { before: () => Promise<void>; say: (text: string) => void },
): Promise<Outcome> {
  const outcome: Outcome = { figures: new Map(), gaps: [], versions: new Map(), unquiet: 0 };
  for (const { work, plan, round } of turns) {
    await before();
    if (!(await waitForQuiet(QUIET_LIMIT_MS))) outcome.unquiet++;
    const report = await visit({ contender: PROCESS, work, plan }, '', plan.limitSeconds * 1000);
    record(outcome, work, report);
    say(`round ${round + 1}, ${work}: ${said(report)} (${report.seconds.toFixed(1)} s)`);
  }
  return outcome;
}

export function record(
  outcome: Outcome,
  work: string,
  { lines, failure }: Pick<Report, 'lines' | 'failure'>,
) {
  for (const line of lines) {
    if (line.kind === 'about')
      for (const [name, version] of Object.entries(line.versions)) outcome.versions.set(name, version);
    if (line.kind === 'unable') outcome.gaps.push({ what: line.metric, because: line.because });
    if (line.kind === 'figure' && isMetricId(line.metric)) {
      outcome.figures.set(line.metric, [...(outcome.figures.get(line.metric) ?? []), line.value]);
    }
  }
  if (failure) outcome.gaps.push({ what: work, because: failure });
}

function said({ lines, failure }: Report): string {
  const figures = lines.flatMap((line) =>
    line.kind === 'figure' ? [`${line.metric} ${line.value.toPrecision(4)}`] : [],
  );
  return [...figures, ...(failure ? [failure] : [])].join(', ') || 'nothing';
}
