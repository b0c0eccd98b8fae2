/** What Prometheus reads of a scheduler: counted when it is read. Loaded only where somebody may. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Census } from './core/index.ts';

export function schedulerMetrics(count: () => Census) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `taskloom_scheduler_${name}`, help, labelNames, registers: [registry] });
  const tasks = gauge('tasks', 'Tasks by state: waiting, running, held (finished, result kept), failed.', [
    'state',
  ]);
  const clients = gauge('clients', 'Clients that are connected.');
  const workers = gauge('workers', 'Workers that are connected.', ['group', 'state']);
  const threads = gauge('threads', 'Threads of all workers.');
  const held = gauge('held_bytes', 'Results kept on workers.');
  const cached = gauge('cached_bytes', 'Small results kept by the scheduler itself.');
  const table = gauge('table_bytes', 'The task table.');
  const read = () => {
    const now = count();
    for (const [state, number] of Object.entries(now.tasks)) tasks.set({ state }, number);
    clients.set(now.clients);
    workers.reset();
    for (const { group, state } of now.workers) workers.inc({ group, state });
    threads.set(now.workers.reduce((sum, worker) => sum + worker.threads, 0));
    held.set(now.workers.reduce((sum, worker) => sum + worker.heldBytes, 0));
    cached.set(now.cachedBytes);
    table.set(now.tableBytes);
  };
  return async () => {
    read();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
