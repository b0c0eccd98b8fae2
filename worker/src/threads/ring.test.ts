import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RING_BYTES, Ring } from './ring.ts';

const sized = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (seed + i * 7) & 0xff);

test('what was put is taken as it was, in its order, around the end of the memory', () => {
  const put = fc.record({ put: fc.nat(60_000), seed: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(fc.oneof(put, fc.constant('take' as const)), { maxLength: 30 }), (steps) => {
      const memory = new SharedArrayBuffer(RING_BYTES);
      const [ours, theirs] = [new Ring(memory), new Ring(memory)];
      let there: Uint8Array[] = [];
      for (const step of steps) {
        expect(theirs.isEmpty).toBe(there.length === 0);
        if (step === 'take') {
          expect(theirs.take()).toEqual(there);
          there = [];
          continue;
        }
        const bytes = sized(step.put, step.seed);
        const used = there.reduce((sum, one) => sum + 8 + one.length, 0);
        const fits = used + 8 + bytes.length <= RING_BYTES - 8;
        expect(ours.put(bytes)).toBe(fits);
        if (fits) there.push(bytes);
      }
      expect(theirs.take()).toEqual(there);
    }),
  );
});

test('what has a later mark stays where it is', () => {
  const ring = new Ring(new SharedArrayBuffer(RING_BYTES));
  const [first, second, third] = [sized(3, 1), sized(0, 2), sized(5, 3)];
  ring.put(first, 0x7fff_ffff);
  ring.put(second, 0x7fff_ffff);
  ring.put(third, -0x8000_0000);
  expect(ring.take(0x7fff_fffe)).toEqual([]);
  expect(ring.take(0x7fff_ffff)).toEqual([first, second]);
  expect(ring.isEmpty).toBe(false);
  expect(ring.take(-0x8000_0000)).toEqual([third]);
});

test('it goes on past the width of its counts', () => {
  const memory = new SharedArrayBuffer(RING_BYTES);
  new Int32Array(memory, 0, 2).fill(-50_000);
  const ring = new Ring(memory);
  for (let round = 0; round < 10; round++) {
    const bytes = sized(20_000, round);
    expect(ring.put(bytes)).toBe(true);
    expect(ring.take()).toEqual([bytes]);
  }
});

test('a thread that puts while another takes loses nothing and sees nothing halved', async () => {
  const memory = new SharedArrayBuffer(RING_BYTES);
  const count = 20_000;
  const source = `
    const { workerData: { memory, count, ring } } = require('node:worker_threads');
    import(ring).then(({ Ring }) => {
      const ours = new Ring(memory);
      for (let i = 0; i < count; i++) {
        const bytes = new Uint8Array(4 + (i * 37) % 3000).fill(i);
        new DataView(bytes.buffer).setUint32(0, i);
        while (!ours.put(bytes));
      }
    });`;
  const ring = new URL('./ring.ts', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { memory, count, ring } });
  const theirs = new Ring(memory);
  let seen = 0;
  let wrong = 0;
  while (seen < count) {
    for (const bytes of theirs.take()) {
      const number = new DataView(bytes.buffer).getUint32(0);
      const whole =
        bytes.length === 4 + ((seen * 37) % 3000) &&
        bytes.at(-1) === (bytes.length > 4 ? seen & 0xff : number & 0xff);
      if (number !== seen++ || !whole) wrong++;
    }
    await new Promise(setImmediate);
  }
  await worker.terminate();
  expect(wrong).toBe(0);
});
