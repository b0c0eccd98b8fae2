/** What must hold after every step; run in tests. Each rule throws with its own sentence. */
import { type Kept, PAGE, type Page, Phase, WANTED } from './ledger.ts';
import type { SessionState } from './session.ts';
import { inRing } from './watches.ts';

type Rule = (state: SessionState) => void;

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`broken invariant: ${sentence}`);
}

function pages(state: SessionState): { page: Page; base: number }[] {
  return state.ledger.flatMap((page, index) => (page ? [{ page, base: index * PAGE }] : []));
}

const aPageCountsItsHeldTasks: Rule = (state) => {
  for (const { page } of pages(state)) {
    let held = 0;
    for (const byte of page.rows) if (byte !== Phase.none) held++;
    must(page.live === held && held > 0, 'a page counts its held tasks, and exists only while it has some');
  }
};

const aWantedTaskIsHeld: Rule = (state) => {
  for (const { page } of pages(state)) {
    for (const byte of page.rows) must(byte !== WANTED, 'a wanted task is held');
  }
};

const whoWaitsHasSomethingToWaitFor: Rule = (state) => {
  for (const watch of state.watches) {
    must(watch.left > 0, 'a watch that heard of all its rows has left');
    const told = watch.told?.reduce((sum, row) => sum + row, 0) ?? 1 - watch.left;
    must(watch.count - told === watch.left, 'a watch counts the rows that were not told');
  }
};

const pagesKnowTheWatchesAndNoOther: Rule = (state) => {
  for (const { page } of pages(state)) {
    let singles = 0;
    for (const last of page.singles ?? []) {
      for (const watch of inRing(last)) {
        singles++;
        must(state.watches.has(watch), 'a page knows only watches that wait');
      }
    }
    must(singles === page.singleCount, 'a page counts its watches of one task');
    for (const watch of page.ranges) must(state.watches.has(watch), 'a page knows only watches that wait');
  }
};

const recordsCoverHeldTasks: Rule = (state) => {
  for (const { page, base } of pages(state)) {
    for (const shelf of [page.values, page.errors]) {
      shelf.forEach((record, at) => {
        const next = shelf[at + 1];
        must(!next || record.first + record.count <= next.first, 'records are in order and do not overlap');
        must(record.live > 0 && record.live <= record.count, 'a record covers at least one held task');
        must(
          record.first < base + PAGE && record.first + record.count > base,
          'a record stands where it belongs',
        );
      });
    }
  }
};

const keptBytesAreCounted: Rule = (state) => {
  const total = [...state.kept].reduce((sum, { bytes }: Kept) => sum + bytes.length, 0);
  must(total === state.keptBytes, 'kept bytes are counted');
  must(total <= state.keepBytes || state.kept.size === 0, 'kept bytes are bounded');
};

const nobodyWaitsAfterTheEnd: Rule = (state) => {
  must(!state.lost || state.watches.size === 0, 'nobody waits when the scheduler is lost');
};

const RULES: readonly Rule[] = [
  aPageCountsItsHeldTasks,
  aWantedTaskIsHeld,
  whoWaitsHasSomethingToWaitFor,
  pagesKnowTheWatchesAndNoOther,
  recordsCoverHeldTasks,
  keptBytesAreCounted,
  nobodyWaitsAfterTheEnd,
];

export function check(state: SessionState): void {
  for (const rule of RULES) rule(state);
}
