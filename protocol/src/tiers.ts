import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 optimize functions after fewer calls, for a process that runs nothing but ours. A message touches each function of its
 * way once, so that with V8's own thresholds (400 and 3,000 calls) a round trip is slow for its first ten thousand times.
 * Measured: p50 of round trips 1,000 to 4,000 goes from 0.41 to 0.27 ms. A flag that this V8 does not know changes nothing.
 */
export function optimizeEarly(): void {
  setFlagsFromString('--invocation-count-for-maglev=50');
  setFlagsFromString('--invocation-count-for-turbofan=300');
  setFlagsFromString('--minimum-invocations-after-ic-update=50');
}
