/** Watches, found by the tasks they wait for: those of one task by its row, those of ranges in each page they touch. */
import { eachPage, type Ledger, PAGE, type Page, pageOf } from './ledger.ts';
import { tellFresh, type Watch } from './watch.ts';

export function addWatch(ledger: Ledger, watch: Watch): void {
  if (watch.count > 1) {
    eachPage(ledger, watch.first, watch.count, (page) => page.ranges.push(watch));
    return;
  }
  const page = pageOf(ledger, watch.first);
  if (!page) return;
  page.singles ??= new Array(PAGE).fill(undefined);
  const row = watch.first % PAGE;
  append(page.singles, row, watch);
  page.singleCount++;
}

/** Who came first is told first. A row names the last of its watches, and that the first: they are a ring. */
function append(singles: (Watch | undefined)[], row: number, watch: Watch): void {
  const last = singles[row];
  watch.next = last ? last.next : watch;
  if (last) last.next = watch;
  singles[row] = watch;
}

/** The watches of a row, in the order in which they came. */
export function* inRing(last: Watch | undefined): Generator<Watch> {
  for (let watch = last?.next; watch; watch = watch === last ? undefined : watch.next) yield watch;
}

export function removeWatch(ledger: Ledger, watch: Watch): void {
  if (watch.count > 1) {
    eachPage(ledger, watch.first, watch.count, (page) => {
      const at = page.ranges.indexOf(watch);
      if (at >= 0) page.ranges.splice(at, 1);
    });
    return;
  }
  const page = pageOf(ledger, watch.first);
  if (page?.singles) removeSingle(page, page.singles, watch);
}

function removeSingle(page: Page, singles: (Watch | undefined)[], watch: Watch): void {
  const row = watch.first % PAGE;
  const last = singles[row];
  let previous = last;
  for (const at of inRing(last)) {
    if (at === watch) {
      if (previous === watch) singles[row] = undefined;
      else {
        (previous as Watch).next = watch.next;
        if (last === watch) singles[row] = previous;
      }
      watch.next = undefined;
      page.singleCount--;
      return;
    }
    previous = at;
  }
}

export type Tell = (watch: Watch, first: number, count: number) => void;

/**
 * Tells every watch with rows in [from, to) of the page that did not hear yet. `which` says of which kind; a watch that heard
 * of its last row is taken out.
 */
export function tellPage(
  ledger: Ledger,
  page: Page,
  span: { readonly base: number; readonly from: number; readonly to: number },
  which: Watch['wants'] | 'all',
  tell: Tell,
): void {
  const { base, from, to } = span;
  if (page.singleCount > 0) tellSingles(page, from, to, which, tell);
  if (page.ranges.length === 0) return;
  for (const watch of [...page.ranges]) {
    const first = Math.max(base + from, watch.first);
    const end = Math.min(base + to, watch.first + watch.count);
    if (first >= end || (which !== 'all' && watch.wants !== which)) continue;
    tellFresh(watch, first, end, (at, count) => tell(watch, at, count));
    if (watch.left === 0) removeWatch(ledger, watch);
  }
}

function tellSingles(page: Page, from: number, to: number, which: Watch['wants'] | 'all', tell: Tell): void {
  const singles = page.singles!;
  for (let row = from; row < to; row++) {
    const last = singles[row];
    if (!last) continue;
    singles[row] = undefined;
    for (let watch: Watch | undefined = last.next; watch; ) {
      const next: Watch | undefined = watch === last ? undefined : watch.next;
      if (which !== 'all' && watch.wants !== which) append(singles, row, watch);
      else {
        watch.left = 0;
        watch.next = undefined;
        page.singleCount--;
        tell(watch, watch.first, 1);
      }
      watch = next;
    }
  }
}
