// What the figures are held against. A bound is a number, or a multiple of another contender's figure of the
// same run; then it is judged pair by pair: our round against the same round of the other.
import { METRICS, type Metric, type MetricId } from './metrics.ts';
import { type Summary, summarize } from './statistics.ts';

/** Samples by contender and metric, one per round; a hole where a round gave none. */
export type Samples = ReadonlyMap<string, ReadonlyMap<MetricId, readonly (number | undefined)[]>>;

export interface Reference {
  readonly of: string;
  readonly metric: MetricId;
}

export interface Bounds {
  readonly must: number;
  readonly goal?: number;
}

export interface Goal extends Bounds {
  readonly contender: string;
  readonly metric: MetricId;
  /** Absent: the bounds are absolute. Present: they are multiples of this. */
  readonly against?: Reference;
}

export interface Judged {
  readonly phase: 'judged';
  readonly value: Summary;
  readonly reached: 'goal' | 'must' | 'missed';
  /** How many of the figures meet the must. */
  readonly passed: number;
}

export type Verdict = Judged | { readonly phase: 'not measured'; readonly because: string };

const times = (metric: MetricId, of: string, must: number, goal?: number): Goal => ({
  contender: 'taskloom',
  metric,
  against: { of, metric },
  must,
  ...(goal === undefined ? {} : { goal }),
});

const absolute = (contender: string, metric: MetricId, must: number, goal?: number): Goal => ({
  contender,
  metric,
  must,
  ...(goal === undefined ? {} : { goal }),
});

const ofCopy = (metric: MetricId, must: number, goal: number): Goal => ({
  ...times(metric, 'bare', must, goal),
  against: { of: 'bare', metric: 'bytes.copy' },
});

export const GOALS: readonly Goal[] = [
  times('map.rate', 'frisky', 8, 60),
  times('map.rate', 'piscina', 1),
  times('map.rate', 'piscina-8', 1),
  times('million.seconds', 'frisky', 1 / 8, 1 / 60),
  absolute('taskloom', 'million.schedulerMb', 200),
  times('roundtrip.p50', 'frisky', 1, 0.7),
  times('roundtrip.p99', 'frisky', 2.5, 1.5),
  times('chain.link', 'frisky', 1, 0.3),
  times('tree.rate', 'frisky', 3, 10),
  absolute('taskloom', 'fixed.efficiency', 0.92, 0.97),
  ofCopy('bytes.scatter', 0.4, 0.8),
  ofCopy('bytes.gather', 0.6, 0.9),
  ofCopy('bytes.peer', 0.6, 0.9),
  times('bytes.scatter', 'dask-tuned', 1),
  times('bytes.gather', 'dask-tuned', 1),
  times('bytes.peer', 'dask-tuned', 1),
  absolute('taskloom', 'held.bytes', 400, 100),
  absolute('taskloom', 'held.singleBytes', 400, 100),
  absolute('core', 'core.random4', 400_000, 1_500_000),
  absolute('taskloom', 'start.seconds', 0.4, 0.25),
  absolute('taskloom-inprocess', 'start.seconds', 0.15, 0.08),
  absolute('taskloom-inprocess', 'roundtrip.p50', 0.19, 0.1),
  absolute('taskloom-inprocess', 'map.rate', 200_000, 1_000_000),
  absolute('taskloom', 'closure.submit', 0.5, 0.1),
];

export function judge(goal: Goal, samples: Samples): Verdict {
  const values = goal.against
    ? ratios(goal, goal.against, samples)
    : present(samplesOf(samples, goal.contender, goal.metric));
  const { better } = METRICS[goal.metric];
  return holdAgainst(values, goal, better) ?? { phase: 'not measured', because: lacking(goal, samples) };
}

/** The median counts; nothing when there is no figure. */
export function holdAgainst(
  values: readonly number[],
  { must, goal = must }: Bounds,
  better: Metric['better'],
): Judged | undefined {
  const value = summarize(values);
  if (value === undefined) return undefined;
  const meets = (figure: number, bound: number): boolean =>
    better === 'higher' ? figure >= bound : figure <= bound;
  const reached = meets(value.median, goal) ? 'goal' : meets(value.median, must) ? 'must' : 'missed';
  return { phase: 'judged', value, reached, passed: values.filter((each) => meets(each, must)).length };
}

/** Round by round where both were measured in the same round; against the other's median where it ran only once. */
function ratios(goal: Goal, against: Reference, samples: Samples): number[] {
  const ours = samplesOf(samples, goal.contender, goal.metric);
  const theirs = samplesOf(samples, against.of, against.metric);
  const fallback = present(theirs).length === 1 ? present(theirs)[0] : undefined;
  return ours.flatMap((value, round) => {
    const other = theirs[round] ?? fallback;
    return value === undefined || other === undefined ? [] : [value / other];
  });
}

export function samplesOf(
  samples: Samples,
  contender: string,
  metric: MetricId,
): readonly (number | undefined)[] {
  return samples.get(contender)?.get(metric) ?? [];
}

export function present(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function lacking(goal: Goal, samples: Samples): string {
  const missing = present(samplesOf(samples, goal.contender, goal.metric)).length === 0;
  return missing ? `no figure of ${goal.contender}` : `no figure of ${goal.against?.of} in the same rounds`;
}
