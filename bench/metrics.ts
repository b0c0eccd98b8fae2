// What is measured: one row per figure that contenders report, with its unit and which way is better.

export interface Metric {
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower' | 'neither';
}

const rate = (title: string, unit: string): Metric => ({ title, unit, better: 'higher' });
const cost = (title: string, unit: string): Metric => ({ title, unit, better: 'lower' });

export const METRICS = {
  'map.rate': rate('empty map of 50,000, submitted and gathered', 'tasks/s'),
  'million.seconds': cost('one million empty tasks, submitted and gathered', 's'),
  'million.schedulerMb': cost('scheduler peak memory during the million', 'MB'),
  'roundtrip.p50': cost('round trip of one empty task, p50', 'ms'),
  'roundtrip.p99': cost('round trip of one empty task, p99', 'ms'),
  'roundtrip.first': cost('round trip of one empty task, p50 of the first 1,000 after the start', 'ms'),
  'chain.link': cost('chain of 1,000, per link', 'us'),
  'tree.rate': rate('tree sum over 2^13 leaves', 'tasks/s'),
  'fixed.efficiency': rate('2,000 tasks of 1 ms fixed work, share of the measured ideal', ''),
  'fixed.kernel': { title: 'what one piece of fixed work took in the ideal', unit: 'ms', better: 'neither' },
  'bytes.copy': rate('100 MB: bare copy over loopback TCP', 'GB/s'),
  'bytes.scatter': rate('100 MB: scatter until a task has read it', 'GB/s'),
  'bytes.gather': rate("100 MB: gather of a task's result", 'GB/s'),
  'bytes.peer': rate('100 MB: worker to worker', 'GB/s'),
  'start.seconds': cost('LocalCluster start to first result', 's'),
  'held.bytes': cost('scheduler memory per held task of a map', 'B'),
  'held.singleBytes': cost('scheduler memory per held task submitted alone, one in a turn', 'B'),
  'held.schedulerCpu': cost('scheduler CPU per task of a map', 'us'),
  'held.cpu': cost('CPU of all processes per task of a map', 'us'),
  'closure.submit': cost('submit of a closure that captures three values, warm', 'ms'),
  'core.random4': rate('scheduler core alone, random graph of 4 dependencies', 'tasks/s'),
} as const satisfies Record<string, Metric>;

export type MetricId = keyof typeof METRICS;

export const METRIC_IDS = Object.keys(METRICS).filter(isMetricId);

export function isMetricId(id: string): id is MetricId {
  return Object.hasOwn(METRICS, id);
}
