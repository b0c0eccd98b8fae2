import { expect, test } from 'vitest';
import { BoundedMap, CACHED_CHARACTERS } from './bounded-map.ts';

test('a cache starts over when it holds as many as it may', () => {
  const cache = new BoundedMap<number, string>(3);
  for (const key of [1, 2, 3, 3]) cache.set(key, 'kept');
  expect([...cache.keys()]).toEqual([1, 2, 3]);
  cache.set(4, 'kept');
  expect([...cache.keys()]).toEqual([4]);
});

test('a cache starts over when its texts are too much', () => {
  const cache = new BoundedMap<number, string>(1_000);
  const third = CACHED_CHARACTERS / 3;
  for (const key of [1, 2, 2, 3]) cache.set(key, 'kept', third);
  expect([...cache.keys()]).toEqual([1, 2, 3]);
  cache.set(4, 'kept', third);
  cache.set(5, 'kept', third);
  expect([...cache.keys()]).toEqual([4, 5]);
});
