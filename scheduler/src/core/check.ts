/** The invariants of the scheduler, one function each, named as sentences. Run after every step in tests and simulations. */
import type { Batch } from './batch.ts';
import { pieceAt } from './batch.ts';
import { mayBeHungry, startable } from './capacity.ts';
import type { Code } from './codes.ts';
import { eachDependent, eachOwnInput, eachShared, isMet } from './inputs.ts';
import { Flag, NONE, PHASE_NAMES, Phase } from './pieces.ts';
import { batchOf, type State } from './state.ts';
import { assignedTo, heldBy } from './worker-lists.ts';

type Rule = (s: State) => void;

function assert(truth: boolean, why: () => string): void {
  if (!truth) throw new Error(`invariant broken: ${why()}`);
}

const show = (s: State, p: number) =>
  `piece ${p} (batch ${batchOf(s, p)?.id} [${s.pieces.start[p]}, +${s.pieces.count[p]}) ${PHASE_NAMES[s.pieces.phase[p] as number]})`;

function* living(s: State): Generator<number> {
  for (const batch of s.batchById.values()) for (const p of batch.ids) if (p !== NONE) yield p;
}

const piecesOfABatchAreDisjointAndKnown: Rule = (s) => {
  for (const batch of s.batchById.values()) {
    let end = 0;
    let known = 0;
    batch.ids.forEach((p, place) => {
      if (p === NONE) return;
      known++;
      assert(s.pieces.phase[p] !== Phase.free, () => `${show(s, p)} is listed but free`);
      assert(s.pieces.start[p]! >= end, () => `${show(s, p)} overlaps`);
      assert(
        batch.single || batch.starts[place] === s.pieces.start[p],
        () => `${show(s, p)} is listed elsewhere`,
      );
      assert(pieceAt(batch, s.pieces.start[p] as number) === p, () => `${show(s, p)} is not found`);
      end = s.pieces.start[p]! + s.pieces.count[p]!;
    });
    assert(
      end <= batch.count && known === batch.known,
      () => `batch ${batch.id} knows ${batch.known}, has ${known}`,
    );
  }
};

const rowsInUseAreThePiecesOfBatches: Rule = (s) => {
  const count = [...living(s)].length;
  assert(count === s.pieces.size, () => `${s.pieces.size} rows in use, ${count} pieces in batches`);
};

const unfinishedCountsPendingTasks: Rule = (s) => {
  for (const batch of s.batchById.values()) {
    let pending = 0;
    for (const p of batch.ids)
      if (p !== NONE && s.pieces.isPending(p)) pending += s.pieces.count[p] as number;
    assert(
      pending === batch.unfinished,
      () => `batch ${batch.id} says ${batch.unfinished} unfinished, ${pending} are`,
    );
  }
};

const unmetCountsUnfinishedInputs: Rule = (s) => {
  for (const p of living(s)) {
    if (!s.pieces.isPending(p) || batchOf(s, p).zips.length > 0) continue;
    let unmet = 0;
    eachOwnInput(s, p, (up) => void (s.pieces.phase[up] === Phase.finished || unmet++));
    assert(unmet === s.pieces.unmet[p], () => `${show(s, p)} says ${s.pieces.unmet[p]} unmet, ${unmet} are`);
  }
};

const zippedPiecesWaitForTheirOwnRange: Rule = (s) => {
  for (const p of living(s)) {
    if (!s.pieces.isPending(p) || batchOf(s, p).zips.length === 0) continue;
    let unfinished = false;
    eachOwnInput(s, p, (up) => {
      unfinished ||= s.pieces.phase[up] !== Phase.finished;
    });
    assert(
      unfinished === s.pieces.unmet[p]! > 0,
      () => `${show(s, p)} says ${s.pieces.unmet[p]} unmet, unfinished: ${unfinished}`,
    );
  }
};

const sharedUnmetCountsUnfinishedInputs: Rule = (s) => {
  for (const batch of s.batchById.values()) {
    if (batch.unfinished === 0) continue;
    let unmet = 0;
    eachShared(batch, (up) => void (s.pieces.phase[up] === Phase.finished || unmet++));
    assert(
      unmet === batch.sharedUnmet,
      () => `batch ${batch.id} says ${batch.sharedUnmet} shared unmet, ${unmet} are`,
    );
  }
};

const needersCountPendingDependents: Rule = (s) => {
  for (const p of living(s)) {
    let needers = 0;
    let refs = 0;
    const sharing = (batch: Batch) => {
      refs++;
      if (batch.unfinished > 0) needers++;
    };
    const own = (down: number) => {
      refs++;
      if (s.pieces.isPending(down)) needers++;
    };
    eachDependent(s, p, own, sharing);
    assert(
      needers === s.pieces.needers[p],
      () => `${show(s, p)} says ${s.pieces.needers[p]} needers, ${needers} do`,
    );
    assert(refs === s.pieces.refs[p], () => `${show(s, p)} says ${s.pieces.refs[p]} refs, ${refs} are`);
  }
};

const whatIsNeededIsNotReleased: Rule = (s) => {
  for (const p of living(s)) {
    const isNeeded = s.pieces.has(p, Flag.held) || s.pieces.needers[p]! > 0;
    assert(!isNeeded || s.pieces.phase[p] !== Phase.released, () => `${show(s, p)} is needed`);
  }
};

const nothingUnneededIsPending: Rule = (s) => {
  for (const p of living(s)) {
    if (!s.pieces.isPending(p) || s.pieces.has(p, Flag.held) || s.pieces.needers[p]! > 0) continue;
    assert(batchOf(s, p).zippedBy.length > 0, () => `${show(s, p)} is pending for nobody`);
  }
};

const whatMayStartIsQueued: Rule = (s) => {
  for (const p of living(s)) {
    const phase = s.pieces.phase[p];
    if (phase === Phase.waiting)
      assert(!isMet(s, p) || batchOf(s, p).scattered, () => `${show(s, p)} waits for nothing`);
    if (phase === Phase.ready && isMet(s, p))
      assert(s.pieces.has(p, Flag.queued), () => `${show(s, p)} is ready, not queued`);
  }
};

const listsOfWorkersAreTrue: Rule = (s) => {
  let listed = 0;
  for (const worker of s.workers.values()) {
    let tasks = 0;
    let ahead = 0;
    for (const p of assignedTo(s, worker)) {
      if (s.pieces.unmet[p] !== 0) ahead += s.pieces.count[p] as number;
      assert(
        s.pieces.phase[p] === Phase.assigned && s.pieces.worker[p] === worker.number,
        () => `${show(s, p)} in the wrong list`,
      );
      tasks += s.pieces.count[p] as number;
      listed++;
    }
    for (const p of heldBy(s, worker)) {
      assert(
        s.pieces.phase[p] === Phase.finished && s.pieces.worker[p] === worker.number,
        () => `${show(s, p)} in the wrong list`,
      );
      listed++;
    }
    assert(
      tasks === worker.assignedTasks,
      () => `${worker.name} says ${worker.assignedTasks} tasks, has ${tasks}`,
    );
    assert(ahead === worker.aheadTasks, () => `${worker.name} says ${worker.aheadTasks} ahead, ${ahead} are`);
  }
  for (const p of living(s)) {
    if (s.pieces.phase[p] === Phase.assigned || s.pieces.phase[p] === Phase.finished) listed--;
  }
  assert(listed === 0, () => `${listed} pieces too many in lists of workers`);
};

const resourcesAddUp: Rule = (s) => {
  for (const worker of s.workers.values()) {
    for (const [name, total] of Object.entries(worker.resources)) {
      let used = 0;
      for (const p of assignedTo(s, worker)) {
        for (const [needed, amount] of batchOf(s, p).lane.resources)
          if (needed === name) used += amount * s.pieces.count[p]!;
      }
      assert(
        Math.abs(total - used - worker.free.get(name)!) < 1e-9,
        () => `${worker.name} has ${worker.free.get(name)} of ${name} free`,
      );
    }
  }
};

const failuresHaveErrors: Rule = (s) => {
  for (const p of living(s))
    assert((s.pieces.phase[p] === Phase.failed) === s.errors.has(p), () => `${show(s, p)}: error or not`);
};

const whoIsHungryIsACandidate: Rule = (s) => {
  for (const worker of s.workers.values()) {
    assert(
      worker.isCandidate === s.candidates.includes(worker),
      () => `${worker.name} does not know where it is`,
    );
    assert(
      !mayBeHungry(s, worker) || worker.isCandidate,
      () => `${worker.name} is hungry, and nobody looks at it`,
    );
  }
};

const whoHasTooMuchMayBeRobbed: Rule = (s) => {
  for (const worker of s.workers.values()) {
    assert(worker.isCrowded === s.crowded.includes(worker), () => `${worker.name} does not know where it is`);
    const hasTooMuch = startable(worker) > worker.threads;
    assert(!hasTooMuch || worker.isCrowded, () => `${worker.name} has too much, and nobody looks at it`);
  }
};

const threadsAddUp: Rule = (s) => {
  const staying = [...s.workers.values()].filter(({ retirement }) => !retirement);
  const threads = staying.reduce((sum, worker) => sum + worker.threads, 0);
  const slots = staying.reduce((sum, worker) => sum + worker.threads * worker.concurrency, 0);
  assert(s.threads === threads, () => `there are ${threads} threads, not ${s.threads}`);
  assert(s.slots === slots, () => `there are ${slots} slots, not ${s.slots}`);
};

const fetchingAddsUp: Rule = (s) => {
  const fetching = new Map<number, number>();
  for (const p of living(s)) {
    if (!s.pieces.has(p, Flag.fetching)) continue;
    const { number } = batchOf(s, p).owner;
    fetching.set(number, (fetching.get(number) ?? 0) + (s.pieces.bytes[p] as number));
  }
  for (const { number, fetchingBytes } of s.clients.values()) {
    const sum = fetching.get(number) ?? 0;
    assert(
      sum === fetchingBytes,
      () => `client ${number} says ${fetchingBytes} bytes are fetched, ${sum} are`,
    );
  }
};

const promisesAddUp: Rule = (s) => {
  const promised = new Map<number, number>();
  for (const [p, { bytes, to }] of s.promises) {
    assert(s.pieces.phase[p] !== Phase.free, () => `piece ${p} is promised, but forgotten`);
    assert(batchOf(s, p).scattered, () => `${show(s, p)} is promised by nobody`);
    for (const worker of to) promised.set(worker, (promised.get(worker) ?? 0) + bytes);
  }
  for (const { number, name, promisedBytes } of s.workers.values()) {
    const sum = promised.get(number) ?? 0;
    assert(sum === promisedBytes, () => `${name} says ${promisedBytes} bytes are promised, ${sum} are`);
  }
};

const codesCountTheirUsers: Rule = (s) => {
  const users = new Map<Code, number>();
  const count = (code: Code) => users.set(code, (users.get(code) ?? 0) + 1);
  for (const { codes } of s.clients.values()) for (const code of codes.values()) count(code);
  for (const { call } of s.batchById.values()) for (const code of call.codes) count(code);
  for (const [code, number] of users) {
    assert(s.codes.get(code.hash) === code, () => `code ${code.hash} is used, and not here`);
    assert(code.users === number, () => `code ${code.hash} says ${code.users} users, ${number} use it`);
  }
  assert(users.size === s.codes.size, () => `${s.codes.size} codes are here, ${users.size} are used`);
  for (const { name, codes } of s.workers.values())
    for (const hash of codes)
      assert(s.codes.has(hash), () => `${name} keeps code ${hash}, which is not here`);
};

export const rules: readonly Rule[] = [
  piecesOfABatchAreDisjointAndKnown,
  rowsInUseAreThePiecesOfBatches,
  unfinishedCountsPendingTasks,
  unmetCountsUnfinishedInputs,
  zippedPiecesWaitForTheirOwnRange,
  sharedUnmetCountsUnfinishedInputs,
  needersCountPendingDependents,
  whatIsNeededIsNotReleased,
  nothingUnneededIsPending,
  whatMayStartIsQueued,
  listsOfWorkersAreTrue,
  resourcesAddUp,
  failuresHaveErrors,
  promisesAddUp,
  threadsAddUp,
  fetchingAddsUp,
  codesCountTheirUsers,
  whoIsHungryIsACandidate,
  whoHasTooMuchMayBeRobbed,
];

export function check(s: State): void {
  for (const rule of rules) rule(s);
}
