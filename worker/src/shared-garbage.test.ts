import v8 from 'node:v8';
import { expect, it, vi } from 'vitest';
import { roomFor } from './door/port.ts';
import { GARBAGE_BYTES } from './shared-garbage.ts';

const taken = () => process.memoryUsage().arrayBuffers;

it('shared memory that nobody needs any more is collected, though the heap is as good as empty', () => {
  const before = taken();
  for (let i = 0; i < 64; i++) roomFor(GARBAGE_BYTES / 8);
  expect(taken() - before).toBeLessThan(3 * GARBAGE_BYTES);
});

it('is collected also where another thread clears the flag for it at the same time', async () => {
  vi.resetModules();
  const { sharedCame } = await import('./shared-garbage.ts');
  const set = vi.spyOn(v8, 'setFlagsFromString').mockImplementationOnce(() => {});
  sharedCame(new Uint8Array(new SharedArrayBuffer(GARBAGE_BYTES)));
  expect(set.mock.calls.flat()).toEqual(['--expose-gc', '--expose-gc', '--no-expose-gc']);
  set.mockRestore();
});
