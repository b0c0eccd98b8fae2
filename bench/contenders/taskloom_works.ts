// The works on Taskloom, the same as contenders/python/works.py does on its rivals.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import type { Client, Future } from '@taskloom/client';
import { peakResidentBytes } from '../proc.ts';
import { percentile } from '../statistics.ts';
import { countForMs, idealSeconds, kernel } from '../work.ts';
import { figure, freshMemory, timed, unable } from './speak.ts';
import { held, schedulerPid } from './taskloom_held.ts';

export const increment = (x: number): number => x + 1;
const add = (x: number, y: number): number => x + y;
const lengthOf = (value: Uint8Array): number => value.length;

/** Random, because some contenders compress what they send. */
function randomBytes(size: number): Uint8Array {
  const value = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(value.subarray(at, at + 65_536));
  return value;
}

const range = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

async function warm(client: Client, size: number): Promise<void> {
  await client.gather(client.map(increment, range(Math.min(5000, Math.max(50, size / 10)))));
}

/** The same work unmeasured for so long, and at least once: every contender is measured warm. */
/** Each round trip runs each function once, and V8 optimizes a function when as much as thousands of its lengths was run: after so many the times stay. */
const COMPILED_AFTER = 50_000;

async function warmUp(action: () => PromiseLike<unknown>, seconds = 1): Promise<void> {
  const began = performance.now();
  do await action();
  while (performance.now() - began < seconds * 1000);
}

async function mapSeconds(client: Client, size: number): Promise<number> {
  await warm(client, size);
  const inputs = range(size);
  const { seconds, answer } = await timed(() => client.gather(client.map(increment, inputs)));
  assert.equal(answer.at(-1), size);
  return seconds;
}

async function emptyMap(client: Client, size: number): Promise<void> {
  figure('map.rate', size / (await mapSeconds(client, size)));
}

async function million(client: Client, size: number): Promise<void> {
  figure('million.seconds', ((await mapSeconds(client, size)) * 1_000_000) / size);
  const pid = schedulerPid();
  const peak = pid === undefined ? undefined : peakResidentBytes(pid);
  if (peak === undefined)
    unable('million.schedulerMb', 'the scheduler has no process of its own here, or the system no /proc');
  else figure('million.schedulerMb', peak / 1e6);
}

async function roundTrip(client: Client, size: number): Promise<void> {
  figure('roundtrip.first', percentile(await roundTripsMs(client, size), 0.5));
  await roundTripsMs(client, COMPILED_AFTER);
  const samplesMs = await roundTripsMs(client, size);
  figure('roundtrip.p50', percentile(samplesMs, 0.5));
  figure('roundtrip.p99', percentile(samplesMs, 0.99));
}

async function roundTripsMs(client: Client, count: number): Promise<number[]> {
  const samplesMs: number[] = [];
  for (let i = 0; i < count; i++) {
    samplesMs.push((await timed(() => client.submit(increment, i))).seconds * 1000);
  }
  return samplesMs;
}

async function chain(client: Client, size: number): Promise<void> {
  await warmUp(() => runChain(client, size));
  const { seconds, answer } = await timed(() => runChain(client, size));
  assert.equal(answer, size);
  figure('chain.link', (seconds / size) * 1e6);
}

function runChain(client: Client, size: number): Future<number> {
  let link = client.submit(increment, 0);
  for (let i = 1; i < size; i++) link = client.submit(increment, link);
  return link;
}

async function tree(client: Client, leaves: number): Promise<void> {
  await warmUp(() => runTree(client, leaves));
  const { seconds, answer } = await timed(() => runTree(client, leaves));
  assert.equal(answer, (leaves * (leaves + 1)) / 2);
  figure('tree.rate', (2 * leaves - 1) / seconds);
}

function runTree(client: Client, leaves: number): Future<number> {
  let level: Future<number>[] = [...client.map(increment, range(leaves))];
  while (level.length > 1) {
    level = range(level.length / 2).map((i) => client.submit(add, level[2 * i]!, level[2 * i + 1]!));
  }
  return level[0]!;
}

async function fixedWork(client: Client, size: number): Promise<void> {
  const count = countForMs(1);
  const counts = Array<number>(size).fill(count);
  const before = await idealSeconds(count, size);
  await warmUp(() => client.gather(client.map(kernel, counts.slice(0, 200))));
  const { seconds } = await timed(() => client.gather(client.map(kernel, counts)));
  const ideal = (before + (await idealSeconds(count, size))) / 2;
  figure('fixed.efficiency', ideal / seconds);
  figure('fixed.kernel', (ideal / (size / 2)) * 1000);
}

/** Scatter ends when a task has read the value: some return before the bytes have left. Gather is of a task's result. */
async function largeValues(client: Client, size: number): Promise<void> {
  const value: Uint8Array = randomFillSync(new Uint8Array(size));
  await client.submit(lengthOf, client.scatter(randomFillSync(new Uint8Array(size))));
  freshMemory();
  const sent = await timed(() => client.submit(lengthOf, client.scatter(value)));
  assert.equal(sent.answer, size);
  figure('bytes.scatter', size / sent.seconds / 1e9);
  const made = client.submit(randomBytes, size);
  assert.equal(await client.submit(lengthOf, made), size);
  freshMemory();
  const received = await timed(() => made);
  assert.equal(received.answer.length, size);
  figure('bytes.gather', size / received.seconds / 1e9);
}

/** The value is made on one worker and asked for on the other; what an empty task there costs is in the time. */
async function peer(client: Client, size: number): Promise<void> {
  const names = (await client.waitForWorkers(2)).map(({ name }) => name);
  const [first, second] = [client.with({ workers: [names[0]!] }), client.with({ workers: [names[1]!] })];
  await Promise.all([first.submit(increment, 1), second.submit(increment, 1)]);
  const made = first.submit(randomBytes, size);
  assert.equal(await first.submit(lengthOf, made), size);
  freshMemory();
  const { seconds, answer } = await timed(() => second.submit(lengthOf, made));
  assert.equal(answer, size);
  figure('bytes.peer', size / seconds / 1e9);
}

/** Submitting a function that captures three values, once its code is known to both sides. */
async function closure(client: Client, size: number): Promise<void> {
  const samplesMs: number[] = [];
  for (let i = 0; i < size * 2; i++) {
    const [a, b, c] = [i, [i, i + 1], { name: String(i) }];
    const { seconds, answer } = await timed(() => ({ future: client.submit(() => [a, b, c.name]) }));
    assert.deepEqual(await answer.future, [a, b, c.name]);
    if (i >= size) samplesMs.push(seconds * 1000);
  }
  figure('closure.submit', percentile(samplesMs, 0.5));
}

export const works: Readonly<Record<string, (client: Client, size: number) => Promise<void>>> = {
  map: emptyMap,
  million,
  roundtrip: roundTrip,
  chain,
  tree,
  fixed: fixedWork,
  bytes: largeValues,
  peer,
  held,
  closure,
};
