import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { eachBatch, findBatch } from './inputs.ts';
import { type Client, newClient } from './state.ts';

/** Batches of a client: of so many tasks, after a gap of so many numbers, known or forgotten. */
const batches = fc.array(
  fc.record({ gap: fc.nat(3), count: fc.integer({ min: 1, max: 9 }), known: fc.boolean() }),
  { maxLength: 30 },
);
type Made = Pick<Batch, 'firstTask' | 'count' | 'known'>;

function clientWith(given: readonly { gap: number; count: number; known: boolean }[]): {
  client: Client;
  made: Made[];
} {
  const client = newClient(1);
  let next = 1;
  const made = given.map(({ gap, count, known }) => {
    const batch = { firstTask: next + gap, count, known: known ? count : 0 };
    next = batch.firstTask + count;
    return batch;
  });
  client.batches = made as Batch[];
  client.firstTasks = made.map(({ firstTask }) => firstTask);
  return { client, made };
}

const covers = ({ firstTask, count, known }: Made, task: number) =>
  known > 0 && task >= firstTask && task < firstTask + count;

test('a batch is found by any of its tasks, and by no other', () => {
  fc.assert(
    fc.property(batches, fc.nat(400), (given, task) => {
      const { client, made } = clientWith(given);
      expect(findBatch(client, task)).toBe(made.find((batch) => covers(batch, task)));
    }),
  );
});

test('a range of tasks is visited batch by batch, gaps and what is forgotten left out', () => {
  fc.assert(
    fc.property(batches, fc.nat(300), fc.nat(100), (given, first, count) => {
      const { client, made } = clientWith(given);
      const visited: number[] = [];
      const known = eachBatch(client, first, count, (batch, from, to) => {
        for (let index = from; index < to; index++) visited.push(batch.firstTask + index);
      });
      const expected = Array.from({ length: count }, (_, i) => first + i).filter((task) =>
        made.some((batch) => covers(batch, task)),
      );
      expect(visited).toEqual(expected);
      expect(known).toBe(expected.length);
    }),
  );
});
