/** What large numbers cost: pieces and bytes exactly; time only where a wrong order of growth would show. */
import type { MessageOf, Submit } from '@taskloom/protocol';
import { expect, test } from 'vitest';
import { answers, cluster, map, writer } from '../../test/crowd.ts';
import { check } from './check.ts';
import { counters, type Event, type State, step } from './index.ts';

const PER_BATCH = 65_536;

function million(
  columns: (first: number) => Partial<MessageOf<typeof Submit>> = () => ({}),
  from = 1,
): Event[] {
  const events: Event[] = [];
  for (let first = from; first < from + 1_000_000; first += PER_BATCH)
    events.push(map(first, Math.min(PER_BATCH, from + 1_000_000 - first), columns(first)));
  return events;
}

function runToEnd(state: State, events: readonly Event[], micros: number): { most: number; cpuMs: number } {
  let most = 0;
  let now = 0;
  const before = process.cpuUsage();
  for (let next = events; next.length > 0; ) {
    const commands = step(state, next, now++, writer);
    most = Math.max(most, state.pieces.size);
    next = answers(commands, micros);
  }
  const { user, system } = process.cpuUsage(before);
  for (const batch of state.batchById.values()) expect(batch.unfinished).toBe(0);
  return { most, cpuMs: (user + system) / 1_000 };
}

test('a map of a million tiny tasks is a few hundred pieces, and a moment', () => {
  const state = cluster(4, 2);
  const { most, cpuMs } = runToEnd(state, million(), 1);
  check(state);
  expect(most).toBeLessThan(2_000);
  expect(counters(state).tableBytes).toBeLessThan(200_000);
  expect(cpuMs).toBeLessThan(1_000);
});

test('mapped over once more it is still no more than pieces of pieces', () => {
  const state = cluster(4, 2);
  const zipped = million((first) => ({ zip: Uint32Array.of(first - 1_000_000) }), 1_000_001);
  const { most } = runToEnd(state, [...million(), ...zipped], 1);
  check(state);
  expect(most).toBeLessThan(6_000);
});

test('a million tasks, each on its own, are 64 bytes each in the table', () => {
  const state = cluster(1, 1);
  step(
    state,
    million((first) => ({ depStart: new Uint32Array(Math.min(PER_BATCH, 1_000_001 - first) + 1) })),
    0,
    writer,
  );
  expect(state.pieces.size).toBe(1_000_000);
  expect(state.pieces.bytesPerRow).toBeLessThanOrEqual(64);
});

/** CPU time of work on n, and on eight times as much: by what factor it grew (8 is linear, 64 quadratic). */
function growth(n: number, work: (n: number) => void): number {
  const timed = (size: number) => {
    const before = process.cpuUsage();
    work(size);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const least = (size: number) => Math.min(...Array.from({ length: 6 }, () => timed(size)));
  return least(8 * n) / least(n);
}

test.each<[string, (n: number) => void]>([
  [
    'submitting one by one',
    (n) => {
      const state = cluster(1, 1);
      for (let i = 1; i <= n; i++) step(state, [map(i, 1)], 0, writer);
    },
  ],
  [
    'releasing from the front, where holes are',
    (n) => {
      const state = cluster(1, 1);
      step(
        state,
        Array.from({ length: n }, (_, i) => map(i + 1, 1)),
        0,
        writer,
      );
      const rows = (task: number) => ({
        first: Uint32Array.of(task),
        count: Uint32Array.of(2),
        sections: [],
      });
      for (let i = 1; i < n; i++)
        step(state, [{ on: 'released', client: 1, message: { op: 'release', ...rows(i) } }], 0, writer);
    },
  ],
  [
    'picking a map apart from its end',
    (n) => {
      const state = cluster(1, 1);
      step(state, [map(1, n)], 0, writer);
      const row = (task: number) => ({ first: Uint32Array.of(task), count: Uint32Array.of(1), sections: [] });
      for (let i = n; i > 0; i--)
        step(state, [{ on: 'released', client: 1, message: { op: 'release', ...row(i) } }], 0, writer);
    },
  ],
  [
    'a chain that is released link by link',
    (n) => {
      const state = cluster(1, 1);
      for (let i = 1; i <= n; i++) {
        const depends =
          i > 1
            ? { depStart: Uint32Array.of(0, 1), depFirst: Uint32Array.of(i - 1), depCount: Uint32Array.of(1) }
            : {};
        step(state, [map(i, 1, depends)], 0, writer);
      }
      step(
        state,
        [
          {
            on: 'released',
            client: 1,
            message: { op: 'release', first: Uint32Array.of(1), count: Uint32Array.of(n), sections: [] },
          },
        ],
        0,
        writer,
      );
      expect(state.pieces.size).toBe(0);
    },
  ],
  [
    'many that need one and are released in turn',
    (n) => {
      const state = cluster(1, 1);
      step(state, [map(1, 1)], 0, writer);
      const depStart = Uint32Array.from({ length: n + 1 }, (_, i) => i);
      step(
        state,
        [map(2, n, { depStart, depFirst: new Uint32Array(n).fill(1), depCount: new Uint32Array(n).fill(1) })],
        0,
        writer,
      );
      const row = (task: number) => ({ first: Uint32Array.of(task), count: Uint32Array.of(1), sections: [] });
      for (let i = n + 1; i > 1; i--)
        step(state, [{ on: 'released', client: 1, message: { op: 'release', ...row(i) } }], 0, writer);
    },
  ],
])('the cost of %s grows with their number, not with its square', (_, work) => {
  expect(growth(2_000, work)).toBeLessThan(30);
});
