import { describe, expect, it } from 'vitest';
import { GOALS, type Goal, judge, type Samples } from './goals.ts';
import type { MetricId } from './metrics.ts';
import { CONTENDERS } from './table.ts';

type Figures = Readonly<Partial<Record<MetricId, readonly (number | undefined)[]>>>;

function samples(of: Readonly<Record<string, Figures>>): Samples {
  const ids = (figures: Figures) => Object.entries(figures) as [MetricId, (number | undefined)[]][];
  return new Map(Object.entries(of).map(([name, figures]) => [name, new Map(ids(figures))]));
}

const faster: Goal = {
  contender: 'taskloom',
  metric: 'map.rate',
  against: { of: 'frisky', metric: 'map.rate' },
  must: 8,
  goal: 60,
};
const quicker: Goal = { contender: 'taskloom', metric: 'start.seconds', must: 0.4, goal: 0.25 };

describe('a goal against another contender', () => {
  it('is judged pair by pair, round by round', () => {
    const verdict = judge(
      faster,
      samples({ taskloom: { 'map.rate': [100, 30, 90] }, frisky: { 'map.rate': [10, 5, 1] } }),
    );
    expect(verdict).toMatchObject({
      phase: 'judged',
      reached: 'must',
      passed: 2,
      value: { median: 10, min: 6, max: 90 },
    });
  });

  it('leaves out the rounds in which one of the two gave nothing', () => {
    const verdict = judge(
      faster,
      samples({
        taskloom: { 'map.rate': [undefined, 700, 800] },
        frisky: { 'map.rate': [10, undefined, 10] },
      }),
    );
    expect(verdict).toMatchObject({ value: { median: 80, count: 1 }, reached: 'goal' });
  });

  it('takes the one figure of a contender that ran once for every round', () => {
    const million: Goal = {
      ...faster,
      metric: 'million.seconds',
      against: { of: 'frisky', metric: 'million.seconds' },
      must: 1 / 8,
      goal: 1 / 60,
    };
    const verdict = judge(
      million,
      samples({ taskloom: { 'million.seconds': [4, 8, 12] }, frisky: { 'million.seconds': [80] } }),
    );
    expect(verdict).toMatchObject({ value: { count: 3, median: 0.1 }, reached: 'must', passed: 2 });
  });

  it('says whose figure is missing', () => {
    expect(judge(faster, samples({}))).toEqual({ phase: 'not measured', because: 'no figure of taskloom' });
    expect(judge(faster, samples({ taskloom: { 'map.rate': [1] } }))).toEqual({
      phase: 'not measured',
      because: 'no figure of frisky in the same rounds',
    });
  });
});

describe('an absolute goal', () => {
  it.each([
    [0.2, 'goal'],
    [0.25, 'goal'],
    [0.3, 'must'],
    [0.5, 'missed'],
  ])('of seconds: %d is %s', (seconds, reached) => {
    expect(judge(quicker, samples({ taskloom: { 'start.seconds': [seconds] } }))).toMatchObject({ reached });
  });
});

it('every goal speaks of contenders that exist', () => {
  const names = new Set([...CONTENDERS.map(({ name }) => name), 'core']);
  for (const { contender, against } of GOALS) {
    expect(names).toContain(contender);
    if (against) expect(names).toContain(against.of);
  }
});
