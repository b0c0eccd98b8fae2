import { expect, it } from 'vitest';
import { roomFor } from './door/port.ts';
import { GARBAGE_BYTES } from './shared-garbage.ts';

const taken = () => process.memoryUsage().arrayBuffers;

it('shared memory that nobody needs any more is collected, though the heap is as good as empty', () => {
  const before = taken();
  for (let i = 0; i < 64; i++) roomFor(GARBAGE_BYTES / 8);
  expect(taken() - before).toBeLessThan(3 * GARBAGE_BYTES);
});
