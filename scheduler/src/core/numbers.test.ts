/** Numbers that come to their end, in clusters that live for months. */
import { expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';
import { Edges } from './edges.ts';
import { NONE, Pieces } from './pieces.ts';

test('runs begin anew after the last one, without the one that means scattered data', () => {
  const scene = scenario().client().worker('w1').ignore();
  scene.state.nextRun = 0xffff_ffff;
  scene
    .map('f', 3)
    .finish('f')
    .expect(['w1: run f[0]', 'w1: run f[1]', 'w1: run f[2]', 'client: done f[0], f[1], f[2] at w1']);
});

test('batches begin anew after the last one, where those that are still there are passed over', () => {
  const scene = scenario().client().submit('old').worker('w1').ignore();
  scene.state.nextBatch = 0xffff_ffff;
  for (const name of ['a', 'b', 'c']) scene.submit(name).finish(name);
  scene.finish('old').ignore().release('a').wait(1_000);
  expect(scene.state.batchById.size).toBe(3);
  expect([...scene.state.batchById.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3]);
});

test('what came first goes first, also when batches have begun anew', () => {
  const scene = scenario().client();
  scene.state.nextBatch = 0xffff_ffff;
  scene
    .submit('first')
    .submit('second')
    .ignore()
    .worker('w1')
    .expect(['client: workers w1', 'w1: run first', 'w1: run second']);
});

test('a task that may be tried a hundred thousand times is tried as often as can be counted', () => {
  const scene = scenario().client().worker('w1').unchecked().submit('x', { retries: 100_000 });
  scene.state.pieces.attempt.fill(0xfffe);
  scene.ignore().throw('x', 'boom').expect(['w1: run x (attempt 65535)']);
  scene.throw('x', 'boom').expect(['client: failed x: boom']);
});

test('a row of the table that is used again a hundred thousand times is never taken for what it was', () => {
  const pieces = new Pieces();
  const edges = new Edges();
  const from = pieces.allocate(0, 0, 1);
  const target = pieces.allocate(0, 1, 1);
  edges.add(pieces, from, target);
  expect(edges.living(pieces, pieces.edges[from]!)).not.toBe(NONE);
  for (let i = 0; i < 100_000; i++) {
    pieces.release(target);
    expect(pieces.allocate(0, 1, 1)).toBe(target);
    if (edges.living(pieces, pieces.edges[from]!) !== NONE)
      throw new Error(`it lives again after ${i + 1} lives`);
  }
});
