import { describe, expect, it } from 'vitest';
import { type Ledger, mint, type Page, pageOf } from './ledger.ts';
import { type Watch, watchOf } from './watch.ts';
import { addWatch, removeWatch, tellPage } from './watches.ts';

function oneTask() {
  const ledger: Ledger = [];
  mint(ledger, 1, 1);
  const page = pageOf(ledger, 1) as Page;
  const add = (wants: Watch['wants'] = 'value') => {
    const watch = watchOf(wants, 1, 1, {});
    addWatch(ledger, watch);
    return watch;
  };
  const tell = (which: Watch['wants'] | 'all') => {
    const told: Watch[] = [];
    tellPage(ledger, page, { base: 0, from: 0, to: 2 }, which, (watch) => told.push(watch));
    return told;
  };
  return { add, tell, remove: (watch: Watch) => removeWatch(ledger, watch), page };
}

describe('many who wait for one task', () => {
  it('are told in the order in which they came', () => {
    const { add, tell } = oneTask();
    const watches = [add(), add(), add()];
    expect(tell('all')).toEqual(watches);
    expect(tell('all')).toEqual([]);
  });

  it('are told of what they wait for, and the others later', () => {
    const { add, tell } = oneTask();
    const [a, b, c, d] = [add('outcome'), add('value'), add('outcome'), add('value')];
    expect(tell('outcome')).toEqual([a, c]);
    const e = add('value');
    expect(tell('all')).toEqual([b, d, e]);
  });

  it.each([0, 1, 2])('may leave: number %i', (which) => {
    const { add, tell, remove, page } = oneTask();
    const watches = [add(), add(), add()];
    remove(watches[which]!);
    remove(watches[which]!);
    expect(page.singleCount).toBe(2);
    watches.splice(which, 1, add());
    expect(new Set(tell('all'))).toEqual(new Set(watches));
    expect(page.singleCount).toBe(0);
  });

  it('cost no more than each for itself', () => {
    const { add, tell, remove } = oneTask();
    const watches = Array.from({ length: 100_000 }, () => add());
    for (const watch of watches.slice(0, 50_000)) remove(watch);
    expect(tell('all')).toHaveLength(50_000);
  });
});
