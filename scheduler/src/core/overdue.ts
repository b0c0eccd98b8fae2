/** A task that runs longer than was thought makes its worker's backlog longer, so that what waits behind it can go elsewhere. */
import { pieceAt } from './batch.ts';
import { loadMicros } from './capacity.ts';
import { NONE, Phase } from './pieces.ts';
import type { State, Worker } from './state.ts';

/** (batch, index, run, milliseconds since its start) of a task that runs. */
export type Running = readonly [number, number, number, number];

export function stillRunning(s: State, worker: Worker, running: readonly Running[]): void {
  for (const [id, index, run, ms] of running) {
    const batch = s.batchById.get(id);
    const p = batch && index < batch.count ? pieceAt(batch, index) : NONE;
    if (p === NONE || s.pieces.phase[p] !== Phase.assigned) continue;
    if (s.pieces.run[p] !== run || s.pieces.worker[p] !== worker.number) continue;
    const others = (s.pieces.count[p] as number) - 1;
    const micros = ms * 1_000 + others * loadMicros(s, p, worker);
    const thought = s.pieces.micros[p] as number;
    if (micros <= thought) continue;
    s.pieces.micros[p] = micros;
    worker.assignedMicros += micros - thought;
  }
}
