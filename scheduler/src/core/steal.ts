/**
 * Work that was fed too deep goes back to the scheduler when another worker has nothing to do.
 *
 * 1. Only tasks that wait for nothing but a thread are asked for, never so many that a thread of the victim would have none.
 * 2. A task is asked for if it would start sooner at the thief, its inputs brought there: so it is not placed where it was again.
 * 3. One question at a time to each victim.
 */
import { nameOf } from './batch.ts';
import { mayRun, startable } from './capacity.ts';
import { fetchMicrosOf } from './locality.ts';
import { NONE, Phase } from './pieces.ts';
import { batchOf, ordersFor, type State, type Worker } from './state.ts';

/** A backlog shorter than this, in microseconds for each thread, is done before it would have moved. */
const WORTH_MICROS = 2_000;
/** Victims tried for one thief, and pieces looked at in one step: what is not found now may be in the next step. */
const MOST_VICTIMS = 8;
const MOST_LOOKS = 1_024;
/** Workers looked at in one step for whether they have too much, or nothing to do; with more, a moving window of them. */
const MOST_WORKERS = 64;

/** `firstRun`: the first run number of this step; what was placed in it is where it should be. */
export function steal(s: State, firstRun: number): void {
  const victims = victimsOf(s);
  if (victims.length === 0) return;
  victims.sort((a, b) => backlogMicros(b) - backlogMicros(a));
  const looks = { left: MOST_LOOKS, firstRun };
  const { candidates } = s;
  const most = Math.min(candidates.length, MOST_WORKERS);
  // Not always the same first, so that one who can have nothing does not stand in the way of others.
  for (let i = 0; i < most && victims.length > 0 && looks.left > 0; i++) {
    const thief = candidates[(s.nextRun + i) % candidates.length] as Worker;
    if (!isIdle(thief)) continue;
    const found = victims.slice(0, MOST_VICTIMS).findIndex((victim) => rob(s, victim, thief, looks));
    if (found >= 0) victims.splice(found, 1);
  }
}

/** Those who have no longer too much are left out from now on. */
function victimsOf(s: State): Worker[] {
  const { crowded } = s;
  const victims: Worker[] = [];
  if (crowded.length === 0 || s.candidates.length === 0) return victims;
  let at = s.nextRun % crowded.length;
  for (let left = Math.min(crowded.length, MOST_WORKERS); left > 0; left--) {
    const worker = crowded[at] as Worker;
    if (startable(worker) > worker.threads) {
      if (isWorthRobbing(worker)) victims.push(worker);
      at++;
    } else {
      worker.isCrowded = false;
      crowded[at] = crowded.at(-1) as Worker;
      crowded.pop();
    }
    if (at >= crowded.length) at = 0;
  }
  return victims;
}

function isIdle(worker: Worker): boolean {
  return startable(worker) < worker.threads && worker.reservedFor === NONE && !worker.retirement;
}

function isWorthRobbing(worker: Worker): boolean {
  return !worker.retirement && worker.robbed === 'no' && backlogMicros(worker) > WORTH_MICROS;
}

function backlogMicros(worker: Worker): number {
  return worker.assignedMicros / worker.threads;
}

/** Asks for the last of what the victim was given, as far as it would start sooner at the thief. */
function rob(
  s: State,
  victim: Worker,
  thief: Worker,
  looks: { left: number; readonly firstRun: number },
): boolean {
  const { previous, count, micros, unmet, run } = s.pieces;
  let spare = startable(victim) - victim.threads;
  let left = victim.assignedMicros;
  let gained = thief.assignedMicros;
  for (let p = victim.assignedTail; p !== NONE && spare > 0 && looks.left > 0; p = previous[p] as number) {
    looks.left--;
    if (unmet[p] !== 0 || run[p]! >= looks.firstRun || !mayRun(thief, batchOf(s, p).lane)) continue;
    const each = Math.max((micros[p] as number) / (count[p] as number), 1);
    const head = left / victim.threads - (gained - each) / thief.threads - fetchMicrosOf(s, p, thief);
    const sooner = Math.ceil(head / (each / victim.threads + each / thief.threads)) - 1;
    const asked = Math.min(count[p] as number, spare, sooner);
    if (asked < 1) continue;
    ask(s, victim, p, asked);
    left -= asked * each;
    gained += asked * each;
    spare -= asked;
  }
  return victim.robbed === 'asked';
}

/** For the last `asked` tasks of a piece. */
export function ask(s: State, victim: Worker, p: number, asked: number): void {
  victim.robbed = 'asked';
  const { start, count, run } = s.pieces;
  const first = (start[p] as number) + (count[p] as number) - asked;
  ordersFor(s, victim).takeBack.add(batchOf(s, p).id, first, asked, run[p] as number);
}

/** How far each worker is, for people. */
export function backlog(s: State, worker: Worker): string {
  const running = worker.assignedHead === NONE ? 'nothing' : nameOf(batchOf(s, worker.assignedHead));
  return `${worker.name}: ${worker.assignedTasks} tasks (first: ${running}), about ${Math.round(worker.assignedMicros / 1000)} ms`;
}

export function isAhead(s: State, p: number): boolean {
  return s.pieces.phase[p] === Phase.assigned && s.pieces.unmet[p] !== 0;
}
