import { describe, expect, test } from 'vitest';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import type { Kube } from '../api.ts';
import { Recorder } from './recorder.ts';
import type { Note } from './similar.ts';

const regarding = { apiVersion: 'v1', kind: 'Thing', namespace: 'ns', name: 'a', uid: 'u1' };
const note = (text: string, more: Partial<Note> = {}): Note => ({
  ...{ regarding, type: 'Warning', reason: 'Broken', action: 'Looking', note: text },
  ...more,
});

interface Written {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly note: string;
}

function recording() {
  const clock = new VirtualClock();
  const created: Written[] = [];
  const counted: string[] = [];
  const failures: unknown[] = [];
  const answers: Error[] = [];
  const kube = {
    create: async (_of: unknown, object: Written) => {
      const error = answers.shift();
      if (error) throw error;
      created.push(object);
      return object;
    },
    merge: async (_of: unknown, at: { name: string }, patch: { series: { count: number } }) => {
      counted.push(`${at.name === created[0]?.metadata.name ? 'first' : at.name} ${patch.series.count}`);
    },
  } as unknown as Kube;
  const failed = (error: unknown) => failures.push(error);
  const recorder = new Recorder({ kube, controller: 'tests', instance: 'one', clock, failed });
  return { clock, recorder, created, counted, failures, answers };
}

test('tells what happened, about whom, and who says so', async () => {
  const { recorder, created } = recording();
  recorder.record(note('it broke'));
  await recorder.flush();
  expect(created).toEqual([
    {
      metadata: { namespace: 'ns', name: expect.stringMatching(/^a\.[0-9a-f]+$/) },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'tests',
      reportingInstance: 'one',
      regarding,
      type: 'Warning',
      reason: 'Broken',
      action: 'Looking',
      note: 'it broke',
    },
  ]);
});

test('the same again is a count, written once for many', async () => {
  const { recorder, created, counted, clock } = recording();
  for (let i = 0; i < 5; i++) recorder.record(note('it broke'));
  await clock.advance(10_000);
  for (let i = 0; i < 2; i++) recorder.record(note('it broke'));
  await recorder.flush();
  expect(created).toHaveLength(1);
  expect(counted).toEqual(['first 5', 'first 7']);
});

test('after ten quiet minutes it is news again', async () => {
  const { recorder, created, clock } = recording();
  recorder.record(note('it broke'));
  await clock.advance(600_000);
  recorder.record(note('it broke'));
  await recorder.flush();
  expect(created).toHaveLength(2);
  expect(created[0]?.metadata.name).not.toBe(created[1]?.metadata.name);
});

test('much that is alike is told as one', async () => {
  const { recorder, created, counted } = recording();
  for (let i = 0; i < 15; i++) recorder.record(note(`pod ${i} broke`));
  await recorder.flush();
  expect(created.map((event) => event.note)).toEqual([
    ...Array.from({ length: 10 }, (_, i) => `pod ${i} broke`),
    '(combined from similar events): pod 10 broke',
  ]);
  expect(counted).toHaveLength(1);
});

test('more than anybody reads about one object is not told; another object is heard', async () => {
  const { recorder, created, clock } = recording();
  for (let i = 0; i < 40; i++) recorder.record(note('x', { reason: `Reason${i}` }));
  recorder.record(note('x', { regarding: { ...regarding, name: 'b', uid: 'u2' } }));
  await recorder.flush();
  expect(created).toHaveLength(26);
  await clock.advance(300_000);
  recorder.record(note('x', { reason: 'Later' }));
  await recorder.flush();
  expect(created).toHaveLength(27);
});

describe('telling never fails what is told about', () => {
  test('an event that cannot be written is told to the log, and the next is written', async () => {
    const { recorder, created, failures, answers } = recording();
    answers.push(new Error('no'));
    recorder.record(note('one'));
    recorder.record(note('two'));
    await recorder.flush();
    await settled();
    expect(failures).toHaveLength(1);
    expect(created.map((event) => event.note)).toEqual(['two']);
  });

  test('a note is cut where the API would refuse it, between characters', async () => {
    const { recorder, created } = recording();
    recorder.record(note('ä'.repeat(1_000)));
    await recorder.flush();
    const text = created[0]?.note ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_024);
    expect(text).toMatch(/^ä+…$/);
  });
});
