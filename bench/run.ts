// A whole run: rounds of visits, interleaved (A B C A B C), so that what changes on the machine changes for all.
import { isMetricId, type MetricId } from './metrics.ts';
import type { Environment } from './python.ts';
import { waitForQuiet } from './quiet.ts';
import { type Contender, type Plan, WORKS, type Work } from './table.ts';
import { type Report, type Visit, visit } from './visit.ts';

/** More than this used by strangers during a visit: its figures may be off. */
export const DISTURBED_CORES = 0.25;
const QUIET_LIMIT_MS = 8000;
const SHORT_QUIET_LIMIT_MS = 1000;
const UNQUIET_IN_ROW = 3;
const VISIT_LIMIT_MS = 60_000;
const LONG_VISIT_LIMIT_MS = 240_000;
const TIME_OVER = 'the time of the run was over; give it more with --minutes';

export interface Gap {
  readonly contender: string;
  readonly what: string;
  readonly because: string;
}

export interface Disturbance {
  readonly contender: string;
  readonly work: Work;
  readonly cores: number;
}

export interface Outcome {
  readonly samples: Map<string, Map<MetricId, (number | undefined)[]>>;
  readonly sizes: ReadonlyMap<string, ReadonlyMap<Work, number>>;
  readonly gaps: Gap[];
  readonly disturbances: Disturbance[];
  readonly versions: Map<string, string>;
  rounds: number;
  /** Visits that began although strangers were still busy after the wait. */
  unquiet: number;
  unquietInRow: number;
}

export interface Settings {
  readonly contenders: readonly Contender[];
  readonly works: readonly string[];
  readonly repetitions: number;
  readonly budgetSeconds: number;
  readonly scale: number;
  readonly say: (text: string) => void;
}

export async function runAll(settings: Settings, environment: Environment): Promise<Outcome> {
  const visits = planVisits(settings);
  const outcome = emptyOutcome(visits);
  const hopeless = new Set<Visit>();
  if (environment.phase === 'missing') giveUpPython(visits, environment.because, hopeless, outcome);
  const python = environment.phase === 'ready' ? environment.python : '';
  const began = performance.now();
  const leftSeconds = () => settings.budgetSeconds - (performance.now() - began) / 1000;
  let roundSeconds = 0;
  for (; outcome.rounds < settings.repetitions && leftSeconds() > roundSeconds; outcome.rounds++) {
    roundSeconds = 0;
    for (const each of visits) {
      if (hopeless.has(each) || (each.plan.once && outcome.rounds > 0)) continue;
      const before = leftSeconds();
      if (before < 0)
        addGap(outcome, { contender: each.contender.name, what: each.work, because: TIME_OVER });
      else if (!(await measure(each, python, outcome, settings))) hopeless.add(each);
      if (!each.plan.once) roundSeconds += before - leftSeconds();
    }
  }
  return outcome;
}

/**
 * Answers whether the contender gave any figure. A visit that began in quiet and was disturbed is repeated once, and the
 * calmer of the two counts.
 */
async function measure(what: Visit, python: string, outcome: Outcome, settings: Settings): Promise<boolean> {
  const look = () => visit(what, python, what.plan.once ? LONG_VISIT_LIMIT_MS : VISIT_LIMIT_MS);
  const quiet = await settle(outcome);
  const first = await look();
  const again = quiet && isDisturbed(first) && !first.failure && !what.plan.once && (await settle(outcome));
  const report = again ? calmer(first, await look()) : first;
  record(what, report, outcome, settings);
  return report.lines.some(({ kind }) => kind === 'figure');
}

/** Where strangers stay busy, waiting for them would take the whole time of the run: then it is short. */
async function settle(outcome: Outcome): Promise<boolean> {
  const hopeless = outcome.unquietInRow >= UNQUIET_IN_ROW;
  const quiet = await waitForQuiet(hopeless ? SHORT_QUIET_LIMIT_MS : QUIET_LIMIT_MS);
  outcome.unquietInRow = quiet ? 0 : outcome.unquietInRow + 1;
  if (!quiet) outcome.unquiet++;
  return quiet;
}

const isDisturbed = ({ foreignCores }: Report): boolean => (foreignCores ?? 0) > DISTURBED_CORES;

export function calmer(first: Report, second: Report): Report {
  return !second.failure && (second.foreignCores ?? 0) < (first.foreignCores ?? 0) ? second : first;
}

export function planVisits({
  contenders,
  works,
  scale,
}: Pick<Settings, 'contenders' | 'works' | 'scale'>): Visit[] {
  return WORKS.filter((work) => works.includes(work)).flatMap((work) =>
    contenders.flatMap((contender) => {
      const plan = contender.plans[work];
      return plan ? [{ contender, work, plan: scaled(plan, work, scale) }] : [];
    }),
  );
}

/** A tree halves its level at each step, so its leaves stay a power of two. */
function scaled(plan: Plan, work: Work, scale: number): Plan {
  const size = Math.max(1, Math.round(plan.size * scale));
  return { ...plan, size: work === 'tree' ? 2 ** Math.max(1, Math.round(Math.log2(size))) : size };
}

function emptyOutcome(visits: readonly Visit[]): Outcome {
  const sizes = new Map<string, Map<Work, number>>();
  for (const { contender, work, plan } of visits) {
    sizes.set(contender.name, (sizes.get(contender.name) ?? new Map<Work, number>()).set(work, plan.size));
  }
  return {
    samples: new Map(),
    sizes,
    gaps: [],
    disturbances: [],
    versions: new Map(),
    rounds: 0,
    unquiet: 0,
    unquietInRow: 0,
  };
}

function giveUpPython(
  visits: readonly Visit[],
  because: string,
  hopeless: Set<Visit>,
  outcome: Outcome,
): void {
  const python = visits.filter(({ contender }) => contender.language === 'python');
  for (const each of python) hopeless.add(each);
  const names = new Set(python.map(({ contender }) => contender.name));
  for (const contender of names) outcome.gaps.push({ contender, what: 'all works', because });
}

function record({ contender, work }: Visit, report: Report, outcome: Outcome, { say }: Settings): void {
  const { name } = contender;
  for (const line of report.lines) {
    if (line.kind === 'about')
      for (const [what, version] of Object.entries(line.versions)) outcome.versions.set(what, version);
    if (line.kind === 'unable')
      addGap(outcome, { contender: name, what: line.metric, because: line.because });
    if (line.kind === 'figure' && isMetricId(line.metric)) keep(outcome, name, line.metric, line.value);
  }
  if (report.failure) addGap(outcome, { contender: name, what: work, because: report.failure });
  if (report.foreignCores !== undefined)
    outcome.disturbances.push({ contender: name, work, cores: report.foreignCores });
  const figures = report.lines.flatMap((line) =>
    line.kind === 'figure' ? [`${line.metric} ${line.value.toPrecision(4)}`] : [],
  );
  const said = figures.join(', ') || report.failure || 'nothing';
  say(`round ${outcome.rounds + 1}, ${work}, ${name}: ${said} (${report.seconds.toFixed(1)} s)`);
}

function keep(outcome: Outcome, contender: string, metric: MetricId, value: number): void {
  const metrics = outcome.samples.get(contender) ?? new Map<MetricId, (number | undefined)[]>();
  const values = metrics.get(metric) ?? [];
  values[outcome.rounds] = value;
  outcome.samples.set(contender, metrics.set(metric, values));
}

function addGap(outcome: Outcome, gap: Gap): void {
  const known = outcome.gaps.some(({ contender, what }) => contender === gap.contender && what === gap.what);
  if (!known) outcome.gaps.push(gap);
}
