/** What it would cost to bring a piece's inputs to where it might run. */
import { collectAllInputs } from './inputs.ts';
import { NumberList } from './list.ts';
import type { State, Worker } from './state.ts';

/** Moving a byte costs about this (1 GB/s), and a fetch a round trip. */
const MICROS_PER_BYTE = 0.001;
const FETCH_MICROS = 300;

/** Notes on each worker how much it has of these inputs, and its number in `holders`; gives the sum. */
export function findHolders(s: State, inputs: NumberList, holders: NumberList): number {
  let total = 0;
  for (let i = 0; i < inputs.length; i++) {
    const up = inputs.at(i);
    // Even a tiny input costs a round trip elsewhere.
    const bytes = (s.pieces.bytes[up] as number) + 1;
    total += bytes;
    noteHolder(s.roster[s.pieces.worker[up] as number], bytes, holders);
    const replicas = s.replicas.size > 0 ? s.replicas.get(up) : undefined;
    if (replicas) for (const other of replicas) noteHolder(s.roster[other], bytes, holders);
  }
  return total;
}

function noteHolder(worker: Worker | undefined, bytes: number, holders: NumberList): void {
  if (!worker) return;
  if (worker.bytesHere === 0) holders.push(worker.number);
  worker.bytesHere += bytes;
}

export function forgetHolders(s: State, holders: NumberList): void {
  for (let i = 0; i < holders.length; i++) (s.roster[holders.at(i)] as Worker).bytesHere = 0;
  holders.length = 0;
}

/** Of so many bytes that are not here. */
export function fetchMicros(bytes: number): number {
  return bytes > 0 ? FETCH_MICROS + bytes * MICROS_PER_BYTE : 0;
}

/** Of bringing all that the piece needs to `worker`. */
export function fetchMicrosOf(s: State, p: number, worker: Worker): number {
  const inputs = new NumberList();
  const holders = new NumberList();
  collectAllInputs(s, p, inputs);
  const total = findHolders(s, inputs, holders);
  const missing = total - worker.bytesHere;
  forgetHolders(s, holders);
  return fetchMicros(missing);
}
