import { expect, test } from 'vitest';
import { letGo } from './let-go.ts';

test('a chunk that has a buffer of its own gives it back', () => {
  const chunk = new Uint8Array(16_384);
  letGo(chunk);
  expect([chunk.length, chunk.buffer.detached]).toEqual([0, true]);
});

test('one that shares a buffer leaves it to the others', () => {
  const all = new Uint8Array(16_384).fill(7);
  letGo(all.subarray(1));
  letGo(all.subarray(0, 16_383));
  expect([all.length, all[16_383]]).toEqual([16_384, 7]);
});
