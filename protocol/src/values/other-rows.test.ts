import { expect, it } from 'vitest';
import { BLOCK_BYTES, encodeBlock, registerGraphCodec } from './index.ts';

const LARGE = Symbol('large');

it('does not try again and again whether rows that fill a block each fit into one', () => {
  let encodings = 0;
  registerGraphCodec({
    encode(value) {
      encodings += 1;
      const rows = Array.isArray(value) ? value : [value];
      return [new Uint8Array(rows.includes(LARGE) ? BLOCK_BYTES : 10 * rows.length)];
    },
    decode: () => undefined,
    classNameOf: () => undefined,
    prototypeAtHome: () => undefined,
  });
  const large = Array.from({ length: 200 }, () => LARGE);
  expect(encodeBlock(large).map(({ count }) => count)).toEqual(large.map(() => 1));
  expect(encodings).toBeLessThan(220);

  encodings = 0;
  const small = Array.from({ length: 100 }, () => Symbol('small'));
  const counts = encodeBlock([LARGE, ...small]).map(({ count }) => count);
  expect(counts.reduce((sum, count) => sum + count)).toBe(101);
  expect(counts.length).toBeLessThan(12);
});
