import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { prometheusInstruments } from './instruments.ts';
import { WorkQueue } from './runtime/index.ts';

test('dashboards of controller-runtime find what they look for', async () => {
  const registry = new Registry();
  const instruments = prometheusInstruments(registry);
  const queue = new WorkQueue({ name: 'taskcluster', instruments });
  queue.add('ns/a');
  await queue.take();
  queue.done('ns/a');
  queue.addAfterFailure('ns/a');
  await queue.shutDown();
  instruments.reconciles.inc({ controller: 'taskcluster', result: 'success' });
  instruments.requests.inc({ code: '200', method: 'GET', host: 'api' });
  instruments.leader.set(1, { name: 'taskloom-operator' });
  const text = await registry.metrics();
  const lines = [
    'workqueue_depth{name="taskcluster"} 0',
    'workqueue_adds_total{name="taskcluster"} 1',
    'workqueue_queue_duration_seconds_count{name="taskcluster"} 1',
    'workqueue_work_duration_seconds_count{name="taskcluster"} 1',
    'workqueue_retries_total{name="taskcluster"} 1',
    'controller_runtime_reconcile_total{controller="taskcluster",result="success"} 1',
    'rest_client_requests_total{code="200",method="GET",host="api"} 1',
    'leader_election_master_status{name="taskloom-operator"} 1',
    'nodejs_eventloop_lag_seconds',
  ];
  for (const line of lines) expect(text).toContain(line);
  for (const name of ['workqueue_longest_running_processor_seconds', 'controller_runtime_active_workers']) {
    expect(text).toContain(`# TYPE ${name} gauge`);
  }
});
