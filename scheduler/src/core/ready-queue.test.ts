import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadyQueue } from './ready-queue.ts';

const keys = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 });

test('entries come by key, each with its generation', () => {
  fc.assert(
    fc.property(keys, (given) => {
      const queue = new ReadyQueue();
      given.forEach((key, id) => void queue.push(id, key, 1_000 + id));
      const came: number[] = [];
      while (queue.length > 0) {
        const id = queue.top();
        expect([queue.topKey(), queue.topGeneration()]).toEqual([given[id], 1_000 + id]);
        expect(queue.pop()).toBe(id);
        came.push(given[id] as number);
      }
      expect(came).toEqual([...given].sort((a, b) => a - b));
    }),
  );
});

test('the first entry moves to where its new key belongs', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 0, max: 60 }), (given, key) => {
      const queue = new ReadyQueue();
      given.forEach((each, id) => void queue.push(id, each, id));
      if (given.length === 0) return;
      const [least = 0, ...others] = [...given].sort((a, b) => a - b);
      const moved = Math.max(key, least);
      queue.rekeyTop(moved);
      const came: number[] = [];
      for (; queue.length > 0; queue.pop()) came.push(queue.topKey());
      expect(came).toEqual([...others, moved].sort((a, b) => a - b));
    }),
  );
});
