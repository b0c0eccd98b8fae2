import { expect, it } from 'vitest';
import { touchMemory } from './memory.ts';

it('touches as much memory of both kinds as it is told to', async () => {
  expect(await touchMemory(20_000_000)).toBe(40_000_000);
});
