/** Pods that the API server is asked to take before any is made; those that it refused are tried again now and then. */
import { again, type Context } from './context.ts';
import { REFUSED_MS } from './limits.ts';
import type { Command } from './types.ts';

export function planTrials({ desired, moment: { now } }: Context): Command[] {
  const due = [...desired.untried, ...desired.refused.filter(({ at }) => at + REFUSED_MS <= now)];
  if (due.length > 0) return due.map(({ key, pod }) => ({ kind: 'dryRun', key, pod }));
  return desired.refused.map(({ at }) => again(at + REFUSED_MS - now));
}
