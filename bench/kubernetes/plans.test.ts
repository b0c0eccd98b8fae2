import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';
import { turnsOf, WORKS } from './plans.ts';

describe('the turns of a run', () => {
  it('are rounds of what is cheap, then what is done once, the longest last', () => {
    const works = ['fleet', 'ready', 'secret', 'map'] as const;
    const turns = turnsOf({ works, repetitions: 2, idleMinutes: 10 });
    expect(turns.map(({ work, round }) => `${round} ${work}`)).toEqual([
      '0 ready',
      '0 map',
      '1 ready',
      '1 map',
      '0 fleet',
      '0 secret',
    ]);
    expect(turnsOf({ works: WORKS, repetitions: 5, idleMinutes: 10 }).at(-1)?.work).toBe('fleet');
  });

  it('give the idle minutes on top of the time that ten clusters take', () => {
    const [turn] = turnsOf({ works: ['fleet'], repetitions: 1, idleMinutes: 3 });
    expect(turn?.plan).toMatchObject({ size: 3, limitSeconds: 420 + 180 });
  });
});

describe('the command line', () => {
  it('is a whole run when it says nothing', () => {
    expect(parseOptions([])).toEqual({ works: WORKS, repetitions: 5, idleMinutes: 10, narrowed: false });
  });

  it.each([
    ['--only', 'ready,fleet'],
    ['--repetitions', '1'],
    ['--idle-minutes', '0.5'],
  ])('is narrowed by %s', (option, value) => expect(parseOptions([option, value]).narrowed).toBe(true));

  it('refuses what it does not know and says what to choose from', () => {
    expect(() => parseOptions(['--only', 'readiness'])).toThrow('choose from ready, start');
  });
});
