// What a task costs the scheduler while its result is held, and what it costs each process to run it.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Client, Future } from '@taskloom/client';
import { cpuSeconds, descendants, residentBytes } from '../proc.ts';
import { figure, unable } from './speak.ts';

const noop = (x: number): number => x;

/** The scheduler is known by its command line: whoever renames its entry renames it here. */
export function schedulerPid(): number | undefined {
  return descendants(process.pid).find(({ command }) => /scheduler-main\b/.test(command))?.pid;
}

/** Held twice: as one map, which may be kept as a range, and as tasks submitted one in a turn, which share nothing. */
export async function held(client: Client, size: number): Promise<void> {
  const pid = schedulerPid();
  if (pid === undefined || residentBytes(pid) === undefined) {
    unable('held.bytes', 'the scheduler has no process of its own here, or the system no /proc');
    return;
  }
  const inputs = Array.from({ length: size }, (_, i) => i);
  await client.gather(client.map(noop, inputs.slice(0, 1000)));

  const before = [...cpuByProcess(pid)];
  const memory = residentBytes(pid)!;
  const list = client.map(noop, inputs);
  await client.gather(list);
  figure('held.bytes', (residentBytes(pid)! - memory) / size);
  const spent = cpuByProcess(pid).map((seconds, i) => ((seconds - before[i]!) / size) * 1e6);
  figure('held.schedulerCpu', spent[0]!);
  figure(
    'held.cpu',
    spent.reduce((sum, each) => sum + each, 0),
  );

  const between = residentBytes(pid)!;
  const singles: Future<number>[] = [];
  for (const x of inputs.slice(0, size / 2)) {
    singles.push(client.submit(noop, x));
    await turn();
  }
  await client.gather(singles);
  figure('held.singleBytes', (residentBytes(pid)! - between) / singles.length);
  // Both are still wanted here, so that nothing was released while it was weighed.
  assert.equal(list.length, 2 * singles.length);
}

/** The scheduler first, then the client, then every other process of the cluster. */
function cpuByProcess(scheduler: number): number[] {
  const others = descendants(process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => pid !== scheduler);
  return [scheduler, process.pid, ...others].map((pid) => cpuSeconds(pid) ?? 0);
}
