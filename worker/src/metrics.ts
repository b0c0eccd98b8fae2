/** What Prometheus reads of a worker: counted when it is read. Loaded only where somebody may. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Figures } from './agent.ts';

/** `figures`: undefined while there is no scheduler. Those that only grow go on from where they were. */
export function workerMetrics(figures: () => Figures | undefined) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const about = (name: string, help: string) => ({
    name: `taskloom_worker_${name}`,
    help,
    registers: [registry],
  });
  const connected = new Gauge(about('connected', 'Whether a scheduler knows it.'));
  const gauges = {
    threads: new Gauge(about('threads', 'Tasks that can run at once.')),
    running: new Gauge(about('running_tasks', 'Tasks that run.')),
    storeBytes: new Gauge(about('store_bytes', 'Results that are kept, copies included.')),
    copyBytes: new Gauge(about('copy_bytes', "Copies of other workers' results.")),
    codeBytes: new Gauge(about('code_bytes', 'Function code and captured values that are kept.')),
  };
  const counters = {
    finished: new Counter(about('finished_tasks_total', 'Tasks that gave a result.')),
    erred: new Counter(about('failed_tasks_total', 'Tasks that failed.')),
    fetched: new Counter(
      about('fetched_blocks_total', "Blocks of other workers' results that were fetched."),
    ),
  };
  let last: Figures | undefined;
  const read = () => {
    const now = figures();
    connected.set(now ? 1 : 0);
    for (const [name, gauge] of Object.entries(gauges)) gauge.set(now?.[name as keyof typeof gauges] ?? 0);
    for (const [key, counter] of Object.entries(counters)) {
      const name = key as keyof typeof counters;
      // It began anew when there is less than there was.
      const before = last && now && last[name] <= now[name] ? last[name] : 0;
      if (now) counter.inc(now[name] - before);
    }
    last = now ?? last;
  };
  return async () => {
    read();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
