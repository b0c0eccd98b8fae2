import { expect, it } from 'vitest';
import { touchMemory } from './memory.ts';

it('touches as much memory as it is told to', async () => {
  expect(await touchMemory(20_000_000)).toBe(20_000_000);
});
