/** Where data that a client brings is to go. */
import { batchOf, type State, type Worker } from './state.ts';

/** Tells clients which worker to bring their data to, as soon as there is one that may have it. */
export function placeScattered(s: State): void {
  for (const [p, { workers, broadcast }] of s.unplaced) {
    const able = [...s.workers.values()].filter(({ name }) => !workers || workers.includes(name));
    if (able.length === 0) continue;
    s.unplaced.delete(p);
    const chosen = broadcast ? able : [able.reduce(emptier)];
    for (const worker of chosen) put(s, p, worker);
  }
}

function emptier(a: Worker, b: Worker): Worker {
  return b.heldBytes + b.promisedBytes < a.heldBytes + a.promisedBytes ? b : a;
}

function put(s: State, p: number, worker: Worker): void {
  const batch = batchOf(s, p);
  const news = s.clients.get(batch.client)?.news.put;
  if (!news) return;
  const index = s.pieces.start[p] as number;
  worker.promisedBytes += s.pieces.bytes[p] as number;
  news.task.push(batch.firstTask + index);
  news.worker.push(worker.number);
  news.batch.push(batch.id);
  news.index.push(index);
}
