// What is measured on Kubernetes and held against which bounds. Figures without bounds explain those that have them.
import type { Bounds } from '../goals.ts';
import type { Metric } from '../metrics.ts';

export interface KubernetesMetric extends Metric {
  readonly bounds?: Bounds;
}

const within = (must: number, goal: number): Bounds => ({ must, goal });
const rate = (title: string, unit: string, bounds?: Bounds): KubernetesMetric =>
  measured('higher', title, unit, bounds);
const cost = (title: string, unit: string, bounds?: Bounds): KubernetesMetric =>
  measured('lower', title, unit, bounds);
const fact = (title: string, unit: string): KubernetesMetric => ({ title, unit, better: 'neither' });
const drift = (what: string) => cost(`drift of ${what} corrected`, 's');

function measured(better: Metric['better'], title: string, unit: string, bounds?: Bounds): KubernetesMetric {
  return { title, unit, better, ...(bounds ? { bounds } : {}) };
}

export const METRICS = {
  'ready.seconds': cost('kubectl apply until kubectl wait has seen Ready, 2 workers', 's', within(6, 2.5)),
  'start.seconds': cost('script start to first result on a new cluster of 2 workers', 's', within(8, 3)),
  'scale.seconds': cost('2 to 10 workers, until the status says that all are connected', 's', within(10, 4)),
  'scale.scheduler': cost('2 to 10 workers, until the scheduler has told a client of all', 's'),
  'drift.slowest': cost('drift of any owned field corrected, the slowest of all below', 's', within(2, 0.5)),
  'drift.secret': cost('drift of a Secret corrected', 's', { must: 60 }),
  'map.rate': rate('port-forward: empty map of 50,000', 'tasks/s', within(100_000, 400_000)),
  'roundtrip.p50': cost('port-forward: round trip of one empty task, p50', 'ms', within(1.5, 0.6)),
  'roundtrip.p99': cost('port-forward: round trip of one empty task, p99', 'ms'),
  'bytes.gather': rate("port-forward: gather of a task's result of 100 MB", 'GB/s', within(0.1, 0.2)),
  'bytes.scatter': rate('port-forward: scatter of 100 MB until a task has read it', 'GB/s'),
  'operator.mb': cost('operator: resident memory with 10 clusters of 10', 'MB', within(110, 75)),
  'operator.idleMb': cost('operator: resident memory with them after the idle minutes', 'MB'),
  'operator.peakMb': cost('operator: the most that was ever resident until they were there', 'MB'),
  'idle.writes': cost('operator: writes to the API in the idle minutes, beyond its Lease', '', within(0, 0)),
  'idle.writesOfAll': cost('writes of anybody to what clusters are made of in the idle minutes', ''),
  'idle.leases': fact('operator: writes of its Lease in the idle minutes', ''),
  'idle.reconciles': fact('operator: whole looks at a cluster in the idle minutes', ''),
  'idle.cores': cost('operator: cores used in the idle minutes', ''),
  'idle.minutes': fact('idle minutes', ''),
  'fleet.seconds': cost('kubectl apply of 10 clusters of 10 until all are Ready', 's'),
  'crd.kib': cost('CRD', 'KiB', within(100, 60)),
  'image.mb': cost('image, compressed by gzip', 'MB', within(90, 65)),
  'drift.serviceAccount': drift('the token mount of the ServiceAccount'),
  'drift.selector': drift('the selector of the Service'),
  'drift.port': drift('the port of the Service'),
  'drift.statefulSet': drift("a field of the StatefulSet's pod template"),
  'drift.networkPolicy': drift('the ingress rules of the NetworkPolicy'),
  'drift.budget': drift('the minimum of a PodDisruptionBudget'),
  'drift.revision': drift('the role of a ControllerRevision'),
  'drift.label': drift('the label by which the operator finds what is its own'),
} as const satisfies Record<string, KubernetesMetric>;

export type MetricId = keyof typeof METRICS;

export const METRIC_IDS = Object.keys(METRICS).filter(isMetricId);

export function isMetricId(id: string): id is MetricId {
  return Object.hasOwn(METRICS, id);
}
