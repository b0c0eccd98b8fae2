import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the command line', () => {
  it('is a whole run of five repetitions when it says nothing', () => {
    expect(parseOptions([])).toMatchObject({ repetitions: 5, narrowed: false, scale: 1 });
  });

  it.each([
    ['--only', 'map,chain'],
    ['--contenders', 'taskloom,frisky'],
    ['--repetitions', '3'],
    ['--scale', '0.1'],
  ])('is narrowed by %s', (option, value) => expect(parseOptions([option, value]).narrowed).toBe(true));

  it('is not narrowed by more repetitions', () => {
    expect(parseOptions(['--repetitions', '7']).narrowed).toBe(false);
  });

  it.each([
    [['--only', 'maps'], 'choose from map, million'],
    [['--contenders', 'ray'], 'choose from taskloom'],
    [['--repetitions', 'many'], 'no positive number'],
  ])('refuses %j and says what to choose from', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
