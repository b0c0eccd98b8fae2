/** A thread that is deep in a task says nothing, and yet what it made and what the task writes is told. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();
let gate: string;
let log: string;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskloom-busy-'));
  gate = join(directory, 'gate');
  log = join(directory, 'log');
  writeFileSync(log, '');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Holds its thread for so many milliseconds; below 0 until the gate is there. */
function hold(ms: number, gate: string): number {
  const end = performance.now() + ms;
  if (ms < 0) while (!existsSync(gate));
  else while (performance.now() < end);
  return ms;
}

/** Portions hold many tasks once tasks of the function are known to be short. */
async function known(scheduler: Awaited<ReturnType<typeof workerWith>>, fn: (ms: number) => unknown) {
  const batch = scheduler.run(fn, { count: 40, args: [Array<number>(40).fill(2.2)] });
  for (let i = 0; i < 40; i++) await scheduler.result(batch, i);
}

test('results that were made before a long task of the same portion do not wait for its end', async () => {
  const scheduler = await workerWith();
  const there = gate;
  const task = (ms: number) => hold(ms, there);
  await known(scheduler, task);
  const batch = scheduler.run(task, { count: 12, args: [[...Array<number>(10).fill(2.2), -1, 1]] });
  for (let i = 0; i < 10; i++) expect(await scheduler.result(batch, i)).toBe(2.2);
  expect(scheduler.results.has(`${batch}/10`)).toBe(false);
  writeFileSync(gate, '');
  expect(await scheduler.result(batch, 10)).toBe(-1);
  expect(await scheduler.result(batch, 11)).toBe(1);
});

test('nor do results of tasks that share a thread, or that are promises', async () => {
  for (const concurrency of [1, 4]) {
    const scheduler = await workerWith();
    const there = `${gate}${concurrency}`;
    const task = async (ms: number) => {
      await Promise.resolve();
      return hold(ms, there);
    };
    await known(scheduler, task);
    const batch = scheduler.run(task, { count: 6, concurrency, args: [[2.2, 2.2, 2.2, 2.2, -1, 1]] });
    for (let i = 0; i < 4; i++) expect(await scheduler.result(batch, i)).toBe(2.2);
    expect(scheduler.results.has(`${batch}/4`)).toBe(false);
    writeFileSync(there, '');
    expect(await scheduler.result(batch, 5)).toBe(1);
  }
});

test('what a task writes arrives while it runs, in order', async () => {
  const scheduler = await workerWith();
  const there = gate;
  const task = () => {
    console.log('begun');
    console.error('still');
    console.log('busy');
    while (!existsSync(there));
    console.log('done');
  };
  const batch = scheduler.run(task);
  await scheduler.until(() => scheduler.written('stdout').includes('busy'));
  expect(scheduler.of('output').map(({ stream, text }) => [stream, text])).toEqual([
    ['stdout', 'begun\n'],
    ['stderr', 'still\n'],
    ['stdout', 'busy\n'],
  ]);
  writeFileSync(gate, '');
  await scheduler.result(batch);
  expect(scheduler.written('stdout')).toBe('begun\nbusy\ndone\n');
});

test('more short lines than there is room for do not hold back what the task writes later', async () => {
  const scheduler = await workerWith();
  const there = gate;
  const task = () => {
    for (let i = 0; i < 6_000; i++) process.stdout.write(`row ${i}\n`);
    console.log('busy');
    while (!existsSync(there));
  };
  const batch = scheduler.run(task);
  await scheduler.until(() => scheduler.written('stdout').includes('busy'));
  expect(scheduler.written('stdout').split('\n')).toHaveLength(6_002);
  writeFileSync(gate, '');
  await scheduler.result(batch);
});

test('more than there is room for arrives in order all the same', async () => {
  const scheduler = await workerWith();
  const task = (n: number) => {
    for (let i = 0; i < 600; i++) process.stdout.write(`${n}.${i} ${'x'.repeat(90)}\n`);
    return 'y'.repeat(40_000);
  };
  const batch = scheduler.run(task, { count: 12, args: [Array.from({ length: 12 }, (_, i) => i)] });
  await scheduler.until(() => scheduler.results.size === 12);
  expect(scheduler.results.get(`${batch}/11`)).toBe('y'.repeat(40_000));
  const lines = scheduler.written('stdout').split('\n').slice(0, -1);
  const wanted = Array.from({ length: 12 }, (_, n) =>
    Array.from({ length: 600 }, (_, i) => `${n}.${i}`),
  ).flat();
  expect(lines.map((line) => line.split(' ')[0])).toEqual(wanted);
});

test('what was made before a thread is ended is not made again', async () => {
  const scheduler = await workerWith();
  const [there, ran] = [gate, log];
  const task = (ms: number) => {
    appendFileSync(ran, `${ms} `);
    return hold(ms, there);
  };
  await known(scheduler, task);
  writeFileSync(log, '');
  const batch = scheduler.run(task, { count: 8, timeoutMs: 300, args: [[3, 4, 5, 6, -1, 7, 8, 9]] });
  const { error } = await scheduler.failure(batch, 4);
  expect(error.message).toContain('timeoutMs');
  expect(await scheduler.result(batch, 7)).toBe(9);
  expect(readFileSync(log, 'utf8')).toBe('3 4 5 6 -1 7 8 9 ');
});

test('errors and results side by side arrive as they were, each once', async () => {
  const scheduler = await workerWith();
  const task = (i: number) => {
    const end = performance.now() + 0.8;
    while (performance.now() < end);
    if (i % 5 === 3) throw new Error(`no ${i}`);
    return i % 7 === 0 ? new Float64Array(i * 20).fill(i) : { i };
  };
  const count = 120;
  const batch = scheduler.run(task, { count, args: [Array.from({ length: count }, (_, i) => i)] });
  await scheduler.until(() => scheduler.results.size + scheduler.failures.size === count);
  for (let i = 0; i < count; i++) {
    const key = `${batch}/${i}`;
    if (i % 5 === 3) expect(scheduler.failures.get(key)?.error.message).toBe(`no ${i}`);
    else expect(scheduler.results.get(key)).toEqual(i % 7 === 0 ? new Float64Array(i * 20).fill(i) : { i });
  }
  const rows = scheduler
    .of('finished')
    .flatMap(({ first, count }) => [...first].map((at, i) => [at, count[i]!]));
  const told = rows.flatMap(([first, count]) => Array.from({ length: count! }, (_, i) => first! + i));
  expect(new Set(told).size).toBe(told.length);
});
