/** Where data that a client brings is to go. */
import { Phase } from './pieces.ts';
import { batchOf, type State, type Worker } from './state.ts';

/** Tells clients which worker to bring their data to, as soon as there is one that may have it. */
export function placeScattered(s: State): void {
  for (const [p, promise] of s.promises) {
    const { workers, broadcast, to } = promise;
    if (to.size > 0) continue;
    const able = [...s.workers.values()].filter(
      ({ name, retirement }) => !retirement && (!workers || workers.includes(name)),
    );
    if (able.length === 0) continue;
    for (const worker of broadcast ? able : [able.reduce(emptier)]) {
      to.add(worker.number);
      worker.promisedBytes += promise.bytes;
      put(s, p, worker);
    }
  }
}

/** It has come to `worker`, or need not come any more. */
export function keepPromise(s: State, p: number, worker: Worker): void {
  const promise = s.promises.get(p);
  if (!promise?.to.delete(worker.number)) return;
  worker.promisedBytes -= promise.bytes;
  if (promise.to.size === 0) s.promises.delete(p);
}

/** Nobody waits for it any more, or for the copies that are still to come. */
export function giveUpPromise(s: State, p: number): void {
  const promise = s.promises.get(p);
  if (!promise) return;
  for (const number of promise.to) (s.workers.get(number) as Worker).promisedBytes -= promise.bytes;
  s.promises.delete(p);
}

/** What was on its way to a worker that is lost goes elsewhere, unless another worker has it. */
export function promisesLost(s: State, number: number): void {
  for (const [p, promise] of s.promises) {
    if (!promise.to.delete(number) || promise.to.size > 0) continue;
    if (s.pieces.phase[p] !== Phase.waiting) s.promises.delete(p);
  }
}

function emptier(a: Worker, b: Worker): Worker {
  return b.heldBytes + b.promisedBytes < a.heldBytes + a.promisedBytes ? b : a;
}

function put(s: State, p: number, worker: Worker): void {
  const batch = batchOf(s, p);
  const index = s.pieces.start[p] as number;
  batch.owner.news.put.add(batch.firstTask + index, worker.number, batch.id, index);
}
