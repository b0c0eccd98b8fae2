// RESULTS.md: what was measured, held against what is wanted, and what the figures do not say.
import { cpus, release, totalmem, type } from 'node:os';
import { number, summary, table } from './format.ts';
import { GOALS, type Goal, judge, present, samplesOf, type Verdict } from './goals.ts';
import { METRIC_IDS, METRICS, type Metric, type MetricId } from './metrics.ts';
import { DISTURBED_CORES, type Outcome } from './run.ts';
import { summarize } from './statistics.ts';
import type { Contender } from './table.ts';

export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
  readonly repetitions: number;
  readonly contenders: readonly Contender[];
}

export function thisMachine(): string {
  const cores = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores, ${cores[0]?.model.trim() ?? 'unknown processor'}, ${gib} GiB, ${type()} ${release()}`;
}

export function render(outcome: Outcome, circumstances: Circumstances): string {
  return [
    '# Benchmark results',
    'Written by `npm run bench`; how each work is measured is in `bench/contenders/`.',
    about(outcome, circumstances),
    '## Against the goals',
    goals(outcome),
    '## Everything measured',
    'Median [min–max] of one figure per round. A ratio is of medians; above 1 is better than Frisky with processes.',
    ...METRIC_IDS.flatMap((id) => metric(id, outcome, circumstances.contenders)),
    '## Not measured',
    notMeasured(outcome, circumstances.contenders),
    '## Disturbed',
    disturbed(outcome),
    '## What the figures do not say',
    CAVEATS,
    '',
  ].join('\n\n');
}

function about(outcome: Outcome, { date, machine, seconds, repetitions }: Circumstances): string {
  const versions = [...outcome.versions].map(([name, version]) => `${name} ${version}`).join(', ');
  const short = outcome.rounds < repetitions ? ` The time ran out before ${repetitions}.` : '';
  return [
    `- Date: ${date}; ${number(seconds / 60)} minutes in all.`,
    `- Machine: ${machine}.`,
    `- Versions: ${versions}.`,
    `- Rounds: ${outcome.rounds}, contenders interleaved, each figure from a fresh process and cluster.${short}`,
    `- Visits begun without quiet: ${outcome.unquiet}.`,
  ].join('\n');
}

function goals(outcome: Outcome): string {
  const rows = GOALS.map((goal) => {
    const { title, unit } = METRICS[goal.metric];
    const bound = (value: number | undefined) => (value === undefined ? '' : boundText(value, goal, unit));
    const verdict = judge(goal, outcome.samples);
    return [
      goal.contender,
      title,
      figureText(verdict, goal, unit),
      bound(goal.must),
      bound(goal.goal),
      verdictText(verdict),
    ];
  });
  return table(['who', 'what', 'measured', 'must', 'goal', 'verdict'], rows);
}

function boundText(value: number, { against, metric: id }: Goal, unit: string): string {
  const { better } = METRICS[id];
  if (!against) return absoluteText(value, better, unit);
  const sign = signOf(better);
  const of = against.metric === id ? against.of : 'the bare copy';
  return `${sign} ${value > 0 && value < 0.2 ? `1/${Math.round(1 / value)}` : `${value}x`} ${of}`;
}

const signOf = (better: Metric['better']) => (better === 'higher' ? '≥' : '≤');

export const absoluteText = (value: number, better: Metric['better'], unit: string): string =>
  `${signOf(better)} ${value.toLocaleString('en-US')} ${unit}`.trim();

function figureText(verdict: Verdict, { against }: Goal, unit: string): string {
  if (verdict.phase === 'not measured') return '';
  return `${summary(verdict.value)} ${against ? 'x' : unit}`.trim();
}

export function verdictText(verdict: Verdict): string {
  if (verdict.phase === 'not measured') return `not measured: ${verdict.because}`;
  const { reached, passed, value } = verdict;
  const rounds = passed === value.count ? '' : ` (must met in ${passed} of ${value.count} rounds)`;
  return `${reached === 'missed' ? '**missed**' : `${reached} met`}${rounds}`;
}

function metric(id: MetricId, outcome: Outcome, contenders: readonly Contender[]): string[] {
  const { title, unit, better } = METRICS[id];
  const rival = summarize(present(samplesOf(outcome.samples, 'frisky', id)));
  const rows = contenders.flatMap((contender) => {
    const own = summarize(present(samplesOf(outcome.samples, contender.name, id)));
    if (own === undefined) return [];
    const ratio = rival && compare(better, own.median, rival.median);
    return [
      [
        contender.title,
        summary(own),
        ratio === undefined ? '' : number(ratio),
        sizeText(id, contender, outcome),
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [`### ${title}`, table(['who', unit || 'share', 'x Frisky', 'size'], rows)];
}

function compare(better: Metric['better'], own: number, rival: number): number | undefined {
  if (better === 'neither') return undefined;
  return better === 'higher' ? own / rival : rival / own;
}

function sizeText(id: MetricId, { name }: Contender, outcome: Outcome): string {
  const work = id.slice(0, id.indexOf('.'));
  const entry = [...(outcome.sizes.get(name) ?? [])].find(([each]) => each === work);
  return entry ? number(entry[1]) : '';
}

function notMeasured(outcome: Outcome, contenders: readonly Contender[]): string {
  const title = (name: string) => contenders.find((each) => each.name === name)?.title ?? name;
  const gaps = outcome.gaps.map(
    ({ contender, what, because }) => `- ${title(contender)}, ${what}: ${because.replaceAll('\n', ' ')}`,
  );
  return [...gaps, ...NEVER_MEASURED].join('\n');
}

function disturbed(outcome: Outcome): string {
  if (outcome.disturbances.length === 0) return 'This system does not tell what other processes used.';
  const most = outcome.disturbances.filter(({ cores }) => cores > DISTURBED_CORES);
  const share = `${most.length} of ${outcome.disturbances.length} visits had more than ${DISTURBED_CORES} cores used by strangers, after a second try`;
  const names = [...new Set(most.map(({ contender, work }) => `${work} of ${contender}`))];
  return names.length === 0 ? `${share}.` : `${share}: ${names.join(', ')}.`;
}

const NEVER_MEASURED = [
  "- Dask's default on the million: about half an hour. Dask tuned: about four minutes, five times.",
  '- More than one machine, a network that is not loopback, more than two cores.',
  '- Tasks of 10 ms and more: every system here is within a few percent of ideal on those.',
];

const CAVEATS = [
  '- Client, scheduler and workers share the cores of one machine. On a cluster the limit is what a task costs the scheduler alone.',
  '- Waking a thread on the other core of a virtual machine costs tens of microseconds, so a round trip has two modes; compare medians within this run, never across machines.',
  '- An empty task measures overhead and nothing else.',
  '- Dask is measured on smaller sizes, at which its rates are higher. All its tasks are declared impure, which spares it the hashing of arguments.',
  '- Dask does per-task profiling, spilling and stealing in this time; piscina has no scheduler process, no network, no dependencies and no recovery.',
  "- CPU-bound Python shares one interpreter lock per process: Frisky's fixed work runs on 2 workers of 1 thread, its best shape, and its ideal is two processes.",
  '- The large value is random bytes. Frisky compresses what it sends by default, which costs it here and would gain on other data.',
  '- The round trip of Taskloom is measured after 50,000 of them, when V8 has compiled all that takes part, of the Python systems after 2 s; what the first take is a row of its own.',
  '- Before each measurement with large values 600 MB of free memory are touched, and 600 MB in huge pages, for everybody: the first touch of a page on a virtual machine is not in the figures.',
  '- Memory per held task is growth of resident memory, which includes garbage not yet collected; processor time is counted in steps of 10 ms.',
].join('\n');
