/**
 * What has a higher priority does not wait behind tasks of which many were fed while nobody knew that they are long: they are taken back.
 *
 * 1. Only tasks that wait for nothing but a thread, and only where more of them is to be done than a worker is fed on purpose.
 * 2. While nobody gives priorities, nothing is looked at.
 */
import { loadMicros, offers, startable } from './capacity.ts';
import type { Lane } from './lanes.ts';
import { NumberList } from './list.ts';
import { NONE } from './pieces.ts';
import { batchOf, type State, type Worker } from './state.ts';
import { ask } from './steal.ts';

/** Horizons of work that a worker may well be fed. */
const FED_ON_PURPOSE = 2;
/** Workers and pieces looked at in one step: what is not found now may be in the next. */
const MOST_WORKERS = 64;
const MOST_LOOKS = 256;

/** `blocked`: lanes whose tasks found no room in this step, the most urgent first; `firstRun`: its first run number. */
export function makeWay(s: State, blocked: readonly Lane[], firstRun: number): void {
  if (s.lanes.areLevel) return;
  const { crowded } = s;
  const looks = { left: MOST_LOOKS, firstRun };
  for (let i = Math.min(crowded.length, MOST_WORKERS); i > 0 && looks.left > 0; i--) {
    const worker = crowded[(s.nextRun + i) % crowded.length] as Worker;
    if (worker.robbed !== 'no' || worker.retirement) continue;
    const urgent = blocked.find((lane) => offers(worker, lane));
    takeBackLesser(s, worker, urgent?.priority ?? Number.NEGATIVE_INFINITY, looks);
  }
}

/** Filled and emptied within one call. */
const lesser = new NumberList();

/** Asks for what has a lower priority than something behind it on the worker, or than `waiting`, if that is much. */
function takeBackLesser(
  s: State,
  worker: Worker,
  waiting: number,
  looks: { left: number; readonly firstRun: number },
): void {
  const { previous, count, unmet, run } = s.pieces;
  let highest = waiting;
  let micros = 0;
  let spare = startable(worker) - worker.threads;
  for (let p = worker.assignedTail; p !== NONE && spare > 0 && looks.left-- > 0; p = previous[p] as number) {
    if (unmet[p] !== 0) continue;
    const { priority } = batchOf(s, p).lane;
    highest = Math.max(highest, priority);
    spare -= count[p] as number;
    if (priority === highest || run[p]! >= looks.firstRun) continue;
    lesser.push(p);
    micros += loadMicros(s, p, worker) * (count[p] as number);
  }
  if (Math.max(micros, worker.assignedMicros) > FED_ON_PURPOSE * worker.horizonMicros)
    for (let i = 0; i < lesser.length; i++) ask(s, worker, lesser.at(i), count[lesser.at(i)] as number);
  lesser.length = 0;
}
