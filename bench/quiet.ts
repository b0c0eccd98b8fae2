// Waits until strangers leave the machine alone, and says how much of it they used while something ran.
import { setTimeout as sleep } from 'node:timers/promises';
import { machineCpuSeconds, ownCpuSeconds } from './proc.ts';

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<unknown>;
  /** Processor seconds of everybody else so far; undefined where the system does not tell. */
  foreignCpuSeconds(): number | undefined;
}

const QUIET_CORES = 0.15;
const LOOK_MS = 200;

export const machineClock: Clock = {
  nowMs: () => performance.now(),
  sleep,
  foreignCpuSeconds() {
    const [all, own] = [machineCpuSeconds(), ownCpuSeconds()];
    return all === undefined || own === undefined ? undefined : all - own;
  },
};

/** Looks for LOOK_MS at a time until others use less than QUIET_CORES, at most `limitMs`. Answers whether it became quiet. */
export async function waitForQuiet(limitMs: number, clock: Clock = machineClock): Promise<boolean> {
  const deadline = clock.nowMs() + limitMs;
  while (clock.nowMs() + LOOK_MS <= deadline) {
    const cores = await foreignCoresDuring(() => clock.sleep(LOOK_MS), clock);
    if (cores.foreign === undefined || cores.foreign < QUIET_CORES) return true;
  }
  return false;
}

/** Runs the action and tells how many cores strangers used meanwhile. */
export async function foreignCoresDuring<T>(
  action: () => Promise<T>,
  clock: Clock = machineClock,
): Promise<{ readonly answer: T; readonly foreign: number | undefined }> {
  const [began, before] = [clock.nowMs(), clock.foreignCpuSeconds()];
  const answer = await action();
  const [seconds, after] = [(clock.nowMs() - began) / 1000, clock.foreignCpuSeconds()];
  if (before === undefined || after === undefined || seconds <= 0) return { answer, foreign: undefined };
  return { answer, foreign: Math.max(0, (after - before) / seconds) };
}
