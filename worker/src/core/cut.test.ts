import { expect, test } from 'vitest';
import { head, pieces } from './cut.ts';

test('a text is cut between characters', () => {
  expect(head('a😀b', 4)).toBe('a😀b');
  expect(head('a😀b', 3)).toBe('a😀');
  expect(head('a😀b', 2)).toBe('a');
  expect(head('😀', 1)).toBe('');
  expect(head('a', 0)).toBe('');
});

test('its pieces are all of it', () => {
  expect(pieces('', 2)).toEqual([]);
  expect(pieces('abcde', 2)).toEqual(['ab', 'cd', 'e']);
  expect(pieces('a😀😀b', 3)).toEqual(['a😀', '😀b']);
});
