/** Work that was fed too deep goes back to the scheduler when another worker has nothing to do. */
import { nameOf } from './batch.ts';
import { NONE, Phase } from './pieces.ts';
import { mayRun } from './place.ts';
import { batchOf, type State, type Worker } from './state.ts';

/** A backlog shorter than this, in microseconds for each thread, is done before it would have moved. */
const WORTH_MICROS = 2_000;

export function steal(s: State): void {
  if (s.workers.size < 2) return;
  for (const thief of s.workers.values()) {
    if (thief.assignedTasks >= thief.threads || thief.reservedFor !== NONE) continue;
    const victim = busiest(s);
    if (!victim) return;
    rob(s, victim, thief);
  }
}

/** The worker with the longest backlog that is worth robbing. */
function busiest(s: State): Worker | undefined {
  let most = WORTH_MICROS;
  let victim: Worker | undefined;
  for (const worker of s.workers.values()) {
    const backlog = worker.assignedMicros / worker.threads;
    if (backlog <= most || worker.robbed || worker.assignedTasks <= worker.threads) continue;
    most = backlog;
    victim = worker;
  }
  return victim;
}

/** Asks for the last of what the victim was given: half of what it has more than the thief. */
function rob(s: State, victim: Worker, thief: Worker): void {
  const excess = (victim.assignedMicros - thief.assignedMicros) / 2;
  let left = excess;
  let spare = victim.assignedTasks - victim.threads;
  for (let p = victim.assignedTail; p !== NONE && left > 0 && spare > 0; p = s.pieces.previous[p] as number) {
    if (s.pieces.unmet[p] !== 0 || !mayRun(thief, batchOf(s, p).lane)) continue;
    const count = s.pieces.count[p] as number;
    const each = (s.pieces.micros[p] as number) / count;
    const asked = Math.min(count, spare, Math.max(1, Math.ceil(left / Math.max(each, 1))));
    ask(s, victim, p, asked);
    left -= asked * each;
    spare -= asked;
  }
}

function ask(s: State, victim: Worker, p: number, asked: number): void {
  const { takeBack } = victim.orders;
  victim.robbed = true;
  takeBack.batch.push(batchOf(s, p).id);
  takeBack.first.push((s.pieces.start[p] as number) + (s.pieces.count[p] as number) - asked);
  takeBack.count.push(asked);
  takeBack.run.push(s.pieces.run[p] as number);
}

/** How far each worker is, for people. */
export function backlog(s: State, worker: Worker): string {
  const running = worker.assignedHead === NONE ? 'nothing' : nameOf(batchOf(s, worker.assignedHead));
  return `${worker.name}: ${worker.assignedTasks} tasks (first: ${running}), about ${Math.round(worker.assignedMicros / 1000)} ms`;
}

export function isAhead(s: State, p: number): boolean {
  return s.pieces.phase[p] === Phase.assigned && s.pieces.unmet[p] !== 0;
}
