import { expect, test } from 'vitest';
import type { Command } from './commands.ts';
import type { State } from './state.ts';
import { Turn } from './turn.ts';

test('a task of more than 71 minutes is told as one of as long as can be told', () => {
  const out: Command[] = [];
  const turn = new Turn({} as State, out);
  const block = { batch: 1, first: 0, count: 1, content: new Uint8Array(8) };
  for (const micros of [1.4, 0xffff_ffff, 2 ** 32 + 5, 1e12]) turn.finished(block as never, 1, micros);
  turn.close();
  expect(out).toMatchObject([
    { message: { op: 'finished', micros: Uint32Array.of(1, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff) } },
  ]);
});
