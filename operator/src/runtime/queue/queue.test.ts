import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import { WorkQueue } from './queue.ts';

function queue(options: { laneOf?: (key: string) => string } = {}) {
  const clock = new VirtualClock();
  return { clock, queue: new WorkQueue({ name: 'test', clock, random: () => 1, ...options }) };
}

/** Everything that waits, in the order in which it is given out. */
async function takeAll(from: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (from.depth > 0) taken.push((await from.take()) ?? '');
  return taken;
}

test('a key waits once, however often it is added', async () => {
  const { queue: q } = queue();
  for (const key of ['a', 'b', 'a', 'a']) q.add(key);
  expect(await takeAll(q)).toEqual(['a', 'b']);
});

test('a key in work is not given out, and comes again after it if it was added meanwhile', async () => {
  const { queue: q } = queue();
  q.add('a');
  expect(await q.take()).toBe('a');
  q.add('a');
  q.add('b');
  expect(await takeAll(q)).toEqual(['b']);
  q.done('a');
  expect(await takeAll(q)).toEqual(['a']);
});

test('a taker that came early is served when something comes', async () => {
  const { queue: q } = queue();
  const taken = q.take();
  q.add('a');
  expect(await taken).toBe('a');
});

test('of two times the earlier one counts', async () => {
  const { queue: q, clock } = queue();
  q.addAfter('a', 5_000);
  q.addAfter('a', 1_000);
  q.addAfter('a', 3_000);
  await clock.advance(999);
  expect(q.depth).toBe(0);
  await clock.advance(1);
  expect(await takeAll(q)).toEqual(['a']);
  q.done('a');
  await clock.advance(10_000);
  expect(q.depth).toBe(0);
});

test('each failure of a key makes it wait longer, of that key alone; going well ends that', async () => {
  const { queue: q } = queue();
  const waits = Array.from({ length: 12 }, () => q.addAfterFailure('a'));
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000]);
  expect(q.addAfterFailure('b')).toBe(50);
  q.forget('a');
  expect(q.addAfterFailure('a')).toBe(50);
  expect(q.addAfterFailure('a', 9_000)).toBe(9_000);
});

test('a lane with a thousand keys delays a key of another lane by one', async () => {
  const { queue: q } = queue({ laneOf: (key) => key.split('/')[0] ?? '' });
  for (let i = 0; i < 1_000; i++) q.add(`big/${i}`);
  q.add('small/0');
  expect(await q.take()).toBe('big/0');
  expect(await q.take()).toBe('small/0');
});

describe('shut down', () => {
  test('gives nothing out and waits for what is in work', async () => {
    const { queue: q, clock } = queue();
    q.add('a');
    q.add('b');
    await q.take();
    q.addAfter('c', 10);
    let down = false;
    const shutting = q.shutDown().then(() => {
      down = true;
    });
    expect(await q.take()).toBeUndefined();
    q.add('d');
    await clock.advance(100);
    expect([down, q.depth]).toEqual([false, 0]);
    q.done('a');
    await shutting;
  });

  test('ends those who wait for a key', async () => {
    const { queue: q } = queue();
    const taken = q.take();
    await q.shutDown();
    expect(await taken).toBeUndefined();
  });
});

test('no key is ever worked on twice at once, and none that was added is forgotten', async () => {
  const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'c/1');
  const action = fc.oneof(
    fc.record({ is: fc.constant('add' as const), key }),
    fc.record({ is: fc.constant('later' as const), key, ms: fc.integer({ min: 0, max: 500 }) }),
    fc.record({ is: fc.constant('fail' as const), key }),
    fc.record({ is: fc.constant('take' as const) }),
    fc.record({ is: fc.constant('done' as const), nth: fc.nat(10) }),
    fc.record({ is: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_000 }) }),
  );
  const law = fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
    const { queue: q, clock } = queue({ laneOf: (one) => one.split('/')[0] ?? '' });
    const owed = new Set<string>();
    const working: string[] = [];
    const take = async () => {
      const taken = (await q.take()) ?? '';
      expect(working).not.toContain(taken);
      working.push(taken);
      owed.delete(taken);
    };
    for (const what of actions) {
      if ('key' in what) owed.add(what.key);
      if (what.is === 'pass') await clock.advance(what.ms);
      else if (what.is === 'add') q.add(what.key);
      else if (what.is === 'later') q.addAfter(what.key, what.ms);
      else if (what.is === 'fail') q.addAfterFailure(what.key);
      else if (what.is === 'take' && q.depth > 0) await take();
      else if (what.is === 'done' && working.length > 0) {
        q.done(working.splice(what.nth % working.length, 1)[0] ?? '');
      }
    }
    for (const one of working.splice(0)) q.done(one);
    await clock.advance(120_000);
    while (q.depth > 0) await take();
    await settled();
    expect([...owed]).toEqual([]);
  });
  await fc.assert(law, { numRuns: 300 });
});
