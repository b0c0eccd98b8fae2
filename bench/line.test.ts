import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine } from './line.ts';

describe('a line of a contender', () => {
  it('is a figure, an inability or what it is about', () => {
    expect(parseLine('{"metric":"map.rate","value":15500}')).toEqual({
      kind: 'figure',
      metric: 'map.rate',
      value: 15500,
    });
    expect(parseLine('{"unable":"held.bytes","because":"no /proc"}')).toEqual({
      kind: 'unable',
      metric: 'held.bytes',
      because: 'no /proc',
    });
    expect(parseLine('{"wants":"memory"}')).toEqual({ kind: 'wants-memory' });
    expect(parseLine('{"about":{"frisky":"0.7.2","python":3.11}}')).toEqual({
      kind: 'about',
      versions: { frisky: '0.7.2', python: '3.11' },
    });
  });

  it.each([
    '',
    'Frisky summary: 3 tasks',
    '[1]',
    'null',
    '7',
    '{"metric":"map.rate"}',
    '{"metric":"x","value":"fast"}',
  ])('is none of them for %j', (text) => expect(parseLine(text)).toBeUndefined());

  it('never fails on what a library prints', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseLine(text)));
  });
});
