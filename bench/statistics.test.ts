import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentile, summarize } from './statistics.ts';

const samples = fc.array(fc.integer(), { minLength: 1 });

describe('summarize', () => {
  it('gives the middle of an odd count and the mean of the middle two of an even one', () => {
    expect(summarize([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, count: 3 });
    expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4, count: 4 });
  });

  it('has nothing to say of no samples', () => {
    expect(summarize([])).toBeUndefined();
  });

  it('does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(samples, (values) => {
        expect(summarize([...values].reverse())).toEqual(summarize(values));
      }),
    );
  });
});

describe('percentile', () => {
  it('is a sample that at least the share does not exceed, and the next smaller one is not', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const found = percentile(values, share);
        const upTo = (limit: number) => values.filter((value) => value <= limit).length;
        expect(values).toContain(found);
        expect(upTo(found)).toBeGreaterThanOrEqual(values.length * share);
        const below = values.filter((value) => value < found);
        if (below.length > 0) expect(below.length).toBeLessThan(values.length * share);
      }),
    );
  });

  it('refuses no samples', () => {
    expect(() => percentile([], 0.5)).toThrow('measure at least one');
  });
});
