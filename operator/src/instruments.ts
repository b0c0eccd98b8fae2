/** The runtime's instruments as Prometheus has them, under the names that dashboards of client-go and controller-runtime look for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import type { Instruments } from './runtime/metrics.ts';

/** Of work queues, as client-go has them: 10 ns to 10 s, by tens; ours begin at a tenth of a millisecond. */
const QUEUE_SECONDS = [0.0001, 0.001, 0.01, 0.1, 1, 10];
/** Of reconciles, fewer than controller-runtime's 41. */
const RECONCILE_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function prometheusInstruments(registry: Registry): Instruments {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string, ...labelNames: string[]) => {
    const made = new Gauge({ name, help, labelNames, registers });
    return { set: (value: number, labels = {}) => made.set(labels, value) };
  };
  const counter = (name: string, help: string, ...labelNames: string[]) => {
    const made = new Counter({ name, help, labelNames, registers });
    return { inc: (labels = {}, by = 1) => made.inc(labels, by) };
  };
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) => {
    const made = new Histogram({ name, help, buckets, labelNames, registers });
    return { observe: (value: number, labels = {}) => made.observe(labels, value) };
  };
  const controller = 'controller_runtime';
  return {
    workqueueDepth: gauge('workqueue_depth', 'Current depth of the work queue', 'name'),
    workqueueAdds: counter('workqueue_adds_total', 'Keys added to the work queue', 'name'),
    workqueueQueueSeconds: histogram(
      'workqueue_queue_duration_seconds',
      'How long a key waits in the work queue',
      QUEUE_SECONDS,
      'name',
    ),
    workqueueWorkSeconds: histogram(
      'workqueue_work_duration_seconds',
      'How long a key is worked on',
      QUEUE_SECONDS,
      'name',
    ),
    workqueueRetries: counter('workqueue_retries_total', 'Retries after a failure', 'name'),
    workqueueUnfinishedSeconds: gauge(
      'workqueue_unfinished_work_seconds',
      'Seconds of work in progress that were not observed yet',
      'name',
    ),
    workqueueLongestSeconds: gauge(
      'workqueue_longest_running_processor_seconds',
      'Seconds that the longest work in progress has taken',
      'name',
    ),
    reconciles: counter(`${controller}_reconcile_total`, 'Reconciliations', 'controller', 'result'),
    reconcileErrors: counter(`${controller}_reconcile_errors_total`, 'Failed reconciliations', 'controller'),
    reconcileSeconds: histogram(
      `${controller}_reconcile_time_seconds`,
      'How long a reconciliation takes',
      RECONCILE_SECONDS,
      'controller',
    ),
    activeWorkers: gauge(`${controller}_active_workers`, 'Workers that reconcile now', 'controller'),
    maxWorkers: gauge(`${controller}_max_concurrent_reconciles`, 'Workers that there are', 'controller'),
    requests: counter('rest_client_requests_total', 'Requests to the API server', 'code', 'method', 'host'),
    requestSeconds: histogram(
      'rest_client_request_duration_seconds',
      'How long the API server takes to begin its answer',
      RECONCILE_SECONDS,
      'verb',
      'host',
    ),
    leader: gauge('leader_election_master_status', 'Whether this replica leads', 'name'),
    reflectorLists: counter('reflector_lists_total', 'Lists asked for', 'name'),
    reflectorWatches: counter('reflector_watches_total', 'Watches asked for', 'name'),
    reflectorTroubles: counter('reflector_failures_total', 'Lists and watches that failed', 'name', 'code'),
    expectationsOverdue: counter(
      'taskloom_operator_stale_cache_total',
      'Times that the cache lacked what was written',
    ),
  };
}
