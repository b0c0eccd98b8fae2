import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showOutput } from './output.ts';
import type { ProgressStream } from './progress.ts';
import { clientOf, FakeScheduler } from './testing/fake-scheduler.ts';
import { Screen } from './testing/screen.ts';

const inc = (x: number) => x + 1;
const explode = (what: string): number => {
  throw new RangeError(`no ${what} today`);
};

const bar = (tenths: number) => '█'.repeat(3 * tenths).padEnd(30, '░');
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

const said = {
  op: 'output',
  batch: 1,
  index: 2,
  worker: 'w1',
  name: 'inc',
  stream: 'stdout',
  text: 'one',
} as const;

/** A client whose tasks, numbered from 1, run when they are told to. */
async function paused() {
  const fake = new FakeScheduler();
  fake.paused = true;
  const client = clientOf(fake);
  /** Runs these tasks; resolves when the client has heard of it. */
  const run = async (...tasks: number[]) => {
    await client.counters();
    for (const task of tasks) fake.run(task);
    await client.counters();
  };
  return { fake, client, run };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A terminal is not drawn at each change: this is the time until it is. */
const redrawn = () => vi.advanceTimersByTime(100);

describe('progress on a terminal', () => {
  it('is a bar for each function, drawn over itself, which stays when all have ended', async () => {
    const { client, run } = await paused();
    const screen = new Screen();
    const done = client.progress([client.map(inc, numbers(10)), client.submit(explode, 'luck')], {
      stream: screen,
    });
    expect(screen.seen).toEqual([`${bar(0)} inc: 0/10`, `${bar(0)} explode: 0/1`]);
    await run(1, 2, 3, 4);
    expect(screen.seen[0]).toContain('0/10');
    redrawn();
    expect(screen.seen).toEqual([`${bar(4)} inc: 4/10`, `${bar(0)} explode: 0/1`]);
    await run(5, 6, 7, 8, 9, 10, 11);
    expect(await done).toEqual({ ended: 11, failed: 1 });
    const last = [`${bar(10)} inc: 10/10`, `${bar(10)} explode: 1/1, 1 failed`];
    expect(screen.seen).toEqual(last);
    redrawn();
    expect(screen.seen).toEqual(last);
  });

  it('is drawn below what tasks print meanwhile', async () => {
    const { client, run } = await paused();
    const screen = new Screen();
    const done = client.progress(client.map(inc, numbers(2)), { stream: screen });
    const streams = { stdout: screen, stderr: screen };
    const say = (text: string) =>
      showOutput(
        'print',
        { op: 'output', batch: 1, index: 1, worker: 'w1', name: 'inc', stream: 'stdout', text },
        streams,
      );
    say('one\n');
    await run(1);
    say('two\n');
    redrawn();
    expect(screen.seen).toEqual(['[w1] one', '[w1] two', `${bar(5)} inc: 1/2`]);
    await run(2);
    await done;
    say('three\n');
    expect(screen.seen).toEqual(['[w1] one', '[w1] two', `${bar(10)} inc: 2/2`, '[w1] three']);
  });

  it('of two at once: what has ended stays above what goes on', async () => {
    const { client, run } = await paused();
    const screen = new Screen();
    const first = client.progress(client.map(inc, numbers(2)), { stream: screen });
    const second = client.progress(client.map(explode, ['a', 'b']), { stream: screen });
    expect(screen.seen).toEqual([`${bar(0)} inc: 0/2`, `${bar(0)} explode: 0/2`]);
    await run(3, 4);
    await second;
    expect(screen.seen).toEqual([`${bar(10)} explode: 2/2, 2 failed`, `${bar(0)} inc: 0/2`]);
    await run(1, 2);
    await first;
    expect(screen.seen).toEqual([`${bar(10)} explode: 2/2, 2 failed`, `${bar(10)} inc: 2/2`]);
  });

  it('keeps to the width and the height there is', async () => {
    const { client, run } = await paused();
    const screen = new Screen(40, 4);
    const named = (name: string) => Object.defineProperty((x: number) => x, 'name', { value: name });
    const names = ['narrow\nname', 'longer than what is left of the row', 'third', 'fourth', 'fifth'];
    const done = client.progress(
      names.map((name) => client.submit(named(name), 1)),
      { stream: screen },
    );
    const cut = [`${bar(0)} narrow na`, `${bar(0)} longer th`];
    expect(screen.seen).toEqual([...cut, '... and 3 more']);
    await run(3);
    redrawn();
    expect(screen.seen).toEqual([...cut, '... and 3 more']);
    await run(1, 2, 4, 5);
    await done;
    expect(screen.seen).toHaveLength(5);
  });

  it('stays as it was when the connection is lost, and says why to who awaits it', async () => {
    const { fake, client, run } = await paused();
    const screen = new Screen();
    const done = client.progress([client.map(inc, numbers(2)), client.submit(inc, 3)], { stream: screen });
    await run(1);
    fake.drop();
    await expect(done).rejects.toMatchObject({ code: 'connection-lost' });
    const last = [`${bar(0).replace('░'.repeat(10), '█'.repeat(10))} inc: 1/3`];
    expect(screen.seen).toEqual(last);
    redrawn();
    expect(screen.seen).toEqual(last);
  });
});

describe('progress', () => {
  it('counts what failed and what was cancelled, also what had ended before', async () => {
    const { client, run } = await paused();
    const futures = [client.submit(inc, 1), client.submit(explode, 'luck'), client.submit(inc, 3)];
    await run(1, 2);
    futures[2]?.cancel();
    await client.wait(futures);
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    expect(await client.progress(futures, { stream })).toEqual({ ended: 3, failed: 2 });
    expect(lines).toEqual(['inc: 1/2\n', 'explode: 1/1, 1 failed\n', 'inc: 2/2, 1 failed\n']);
    expect(await client.progress([], { stream })).toEqual({ ended: 0, failed: 0 });
  });

  it('fails when a future is released meanwhile, as waiting for it does', async () => {
    const { client } = await paused();
    const list = client.map(inc, numbers(3));
    const screen = new Screen();
    const done = client.progress(list, { stream: screen });
    client.release(list);
    await expect(done).rejects.toMatchObject({ code: 'released-future' });
    expect(screen.seen).toEqual([`${bar(0)} inc: 0/3`]);
  });

  it('that nobody awaits fails without an unhandled rejection', async () => {
    const { fake, client } = await paused();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    void client.progress(client.submit(inc, 1), { stream: new Screen() });
    await client.counters();
    fake.drop();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('a stream that fails', () => {
  const failing: [string, () => ProgressStream][] = [
    ['a write that throws', () => ({ write: () => { throw new Error('no room'); } })],
    ['a write that rejects', () => ({ write: async () => { throw new Error('no room'); } })],
    ['a pipe that nobody reads', () => new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })],
    ['a stream that was destroyed', () => new Writable().destroy()],
  ]; // biome-ignore format: a table

  it.each(failing)('ends nothing, and others are shown: %s', async (_, make) => {
    for (const isTTY of [false, true]) {
      const { client, run } = await paused();
      const stream = Object.assign(make(), { isTTY });
      const lines: string[] = [];
      const list = client.map(inc, numbers(10));
      const failing = client.progress(list, { stream });
      const shown = client.progress(list, { stream: { write: (text) => lines.push(text) } });
      showOutput('print', said, { stdout: stream, stderr: stream });
      await run(1, 2);
      redrawn();
      await run(3, 4, 5, 6, 7, 8, 9, 10);
      expect(await Promise.all([failing, shown])).toEqual([
        { ended: 10, failed: 0 },
        { ended: 10, failed: 0 },
      ]);
      expect(lines.at(-1)).toBe('inc: 10/10\n');
      await new Promise(setImmediate);
    }
  });
});
