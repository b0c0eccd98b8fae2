import { expect, test } from 'vitest';
import { context } from '../context.ts';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();

test('what a task writes arrives, line by line and bounded', async () => {
  const scheduler = await workerWith();
  const speak = () => {
    console.log('to stdout');
    console.error('to stderr');
    context().log.warn('careful', { x: 1 });
    process.stdout.write('x'.repeat(200_000));
  };
  await scheduler.result(scheduler.run(speak));
  expect(scheduler.written('stdout')).toMatch(/^to stdout\nx+\n\.\.\. the rest is dropped: .*\n$/);
  expect(scheduler.written('stdout').length).toBeLessThan(66_000);
  expect(scheduler.written('stderr')).toBe('to stderr\nwarn speak: careful { x: 1 }\n');
  expect(scheduler.of('output')[0]).toMatchObject({ worker: 'w1', name: 'speak', index: 0 });
});

test('bytes and encoded texts arrive as what they say, also where a write ends within a character', async () => {
  const scheduler = await workerWith();
  const speak = () => {
    for (const byte of Buffer.from('naïve 😀')) process.stdout.write(Uint8Array.of(byte));
    process.stdout.write('6869', 'hex');
    process.stdout.write('!\n', 'utf8');
    process.stderr.write(Uint8Array.of(0xc3));
  };
  await scheduler.result(scheduler.run(speak, { count: 2 }));
  await scheduler.until(() => scheduler.results.size === 2);
  expect(scheduler.written('stdout')).toBe('naïve 😀hi!\n'.repeat(2));
});

const CUT = '\n... the rest is dropped: a task may write 65536 characters\n';
test.each([
  ['one text', () => console.log('x'.repeat(200_000)), 65_536, CUT],
  ['just as much as it may', () => process.stdout.write('x'.repeat(65_536)), 65_536, ''],
  [
    'text behind the last that fits',
    () => [65_536, 1].map((n) => process.stdout.write('x'.repeat(n))),
    65_536,
    CUT,
  ],
  ['characters that a cut would halve', () => process.stdout.write(`x${'😀'.repeat(50_000)}`), 65_535, CUT],
] as const)('a task may write only so much: %s', async (_, write, most, notice) => {
  const scheduler = await workerWith();
  await scheduler.result(scheduler.run(write as () => unknown));
  const written = scheduler.written('stdout');
  expect(written.slice(most)).toBe(notice);
  expect(/^(x|😀)+$/u.test(written.slice(0, most))).toBe(true);
});

test('tasks that share a thread may write no more than others, each', async () => {
  const scheduler = await workerWith();
  const speak = async () => {
    for (let i = 0; i < 20; i++) {
      process.stdout.write('x'.repeat(10_000));
      await Promise.resolve();
    }
  };
  const batch = scheduler.run(speak, { count: 2, concurrency: 2 });
  await scheduler.result(batch, 0);
  await scheduler.result(batch, 1);
  for (const index of [0, 1]) {
    const texts = scheduler.of('output').flatMap((one) => (one.index === index ? one.text : []));
    expect(texts.join('').slice(65_536)).toBe(CUT);
  }
});

test('tasks of one order may write so much each', async () => {
  const scheduler = await workerWith();
  const batch = scheduler.run(() => void process.stdout.write('x'.repeat(40_000)), { count: 3 });
  await scheduler.result(batch, 2);
  await scheduler.until(() => scheduler.written('stdout').length === 120_000);
});
