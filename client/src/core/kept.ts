/** Blocks of values that came and errors, by the tasks that they cover. */
import { eachPage, type Kept, type Ledger, type Page } from './ledger.ts';

type Shelf = 'values' | 'errors';

/** Index of the first record that ends after `task`. */
function search(records: readonly Kept[], task: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = records[middle]!;
    if (record.first + record.count <= task) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The record that covers this task, or undefined and the first task after it that one covers (Infinity: none in this page). */
export function findKept(page: Page, shelf: Shelf, task: number): { kept: Kept | undefined; next: number } {
  const record = page[shelf][search(page[shelf], task)];
  if (!record) return { kept: undefined, next: Number.POSITIVE_INFINITY };
  if (record.first <= task) return { kept: record, next: record.first + record.count };
  return { kept: undefined, next: record.first };
}

export function keep(ledger: Ledger, shelf: Shelf, record: Kept): void {
  eachPage(ledger, record.first, record.count, (page) => {
    const records = page[shelf];
    records.splice(search(records, record.first), 0, record);
  });
}

export function forget(ledger: Ledger, shelf: Shelf, record: Kept): void {
  eachPage(ledger, record.first, record.count, (page) => {
    const at = page[shelf].indexOf(record);
    if (at >= 0) page[shelf].splice(at, 1);
  });
}

/** Records of this shelf that cover a row in [first, end) of the page. */
export function overlapping(page: Page, shelf: Shelf, first: number, end: number): Kept[] {
  const records = page[shelf];
  const found: Kept[] = [];
  for (let at = search(records, first); at < records.length && records[at]!.first < end; at++) {
    found.push(records[at]!);
  }
  return found;
}
