/** What is left in each core when nobody needs anything any more: nothing, but for copies that workers keep in case. */
import type { SessionState } from '../../client/src/core/session.ts';
import type { State as Scheduler } from '../../scheduler/src/core/index.ts';
import type { State as Worker } from '../../worker/src/core/index.ts';

type Amounts = Readonly<Record<string, number>>;

export function leftInScheduler(s: Scheduler): Amounts {
  const workers = [...s.workers.values()];
  const clients = [...s.clients.values()];
  return some({
    pieces: s.pieces.size,
    batches: s.batchById.size,
    lanes: s.lanes.size,
    errors: s.errors.size,
    replicas: s.replicas.size,
    cached: s.cache.size + s.cachedBytes,
    promises: s.promises.size,
    alone: s.alone.length,
    suspects: s.suspects.length,
    reserved: s.reserved.size,
    retiring: s.retiring.size,
    assigned: sum(workers, ({ assignedTasks, aheadTasks }) => assignedTasks + aheadTasks),
    held: sum(workers, ({ heldBytes, promisedBytes }) => heldBytes + promisedBytes),
    fetching: sum(clients, ({ fetchingBytes }) => fetchingBytes),
    deferred: sum(clients, ({ deferred }) => deferred.length),
    known: sum(clients, ({ batches }) => batches.filter(({ known }) => known > 0).length),
  });
}

export function leftInWorker(state: Worker): Amounts {
  const threads = [...state.threads.values()];
  return some({
    pieces: state.pieces.size,
    batches: state.batches.size,
    fetches: state.fetches.flying.size + state.fetches.queue.length,
    recalls: state.recalls.length,
    'results that are no copies': [...state.results.values()].filter(({ places }) =>
      places.segments.some(({ value }) => value.is !== 'stored' || !value.block.copy),
    ).length,
    'results that are none': [...state.results.values()].filter(({ places }) => places.segments.length === 0)
      .length,
    bytes: state.storeBytes - state.copyBytes,
    'bytes of copies beyond their room': Math.max(0, state.copyBytes - state.settings.copyBytes),
    tasks: sum(threads, ({ tasks, orders }) => tasks + orders.size),
    doomed: sum(threads, ({ doomed }) => doomed.length),
  });
}

export function leftInClient(state: SessionState): Amounts {
  return some({
    pages: state.ledger.filter((page) => page !== undefined).length,
    watches: state.watches.size,
    kept: state.kept.size + state.keptBytes,
  });
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

/** Those that are not 0. */
function some(amounts: Amounts): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0));
}
