import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const oneWorker = () => scenario().client().worker('w1').ignore();

describe('a map over a map', () => {
  test('of what has not begun is one piece on one piece', () => {
    const scene = scenario()
      .client()
      .map('f', 10_000)
      .map('g', 10_000, { over: 'f' })
      .map('h', 10_000, { over: 'g' });
    expect(scene.state.pieces.size).toBe(3);
  });

  test('over part of another is no more', () => {
    const scene = scenario().client().map('f', 10_000).map('g', 100, { over: 'f[500..599]' });
    expect(scene.state.pieces.size).toBeLessThanOrEqual(4);
  });

  test('is cut as its inputs are, and no further', () => {
    const scene = oneWorker().map('f', 1_000).map('g', 1_000, { over: 'f' });
    const cutBefore = scene.state.pieces.size;
    scene.finish('f');
    expect(scene.state.pieces.size).toBeLessThan(2 * cutBefore + 20);
  });

  test('starts each task when its own input is there', () => {
    oneWorker()
      .map('f', 3)
      .map('g', 3, { over: 'f' })
      .ignore()
      .finish('f[1]')
      .expect(['w1: run g[1] with f[1] here', 'client: done f[1] at w1'])
      .finish('f[0]')
      .expect(['w1: run g[0] with f[0] here', 'client: done f[0] at w1']);
  });

  test('fails where its input fails, and only there', () => {
    oneWorker()
      .map('f', 3)
      .map('g', 3, { over: 'f' })
      .ignore()
      .throw('f[1]', 'boom')
      .expect(['client: failed f[1], g[1]: boom'])
      .finish('f[2]')
      .expect(['w1: run g[2] with f[2] here', 'client: done f[2] at w1']);
  });

  test('knows at once what has been finished and what has failed', () => {
    oneWorker()
      .map('f', 4)
      .finish('f[0]')
      .throw('f[1]', 'boom')
      .wait(1_000)
      .ignore()
      .map('g', 4, { over: 'f' })
      .expect(['w1: run g[0] with f[0] here', 'client: failed g[1]: boom']);
  });

  test('over several maps at once', () => {
    const scene = scenario().client().map('a', 2).map('b', 3).map('g', 4, { over: 'a[1]' }).ignore();
    scene.worker('w1', { threads: 8 }).finish('a').finish('b[0..1]');
    expect(scene.phase('g[0]')).toBe('assigned');
    expect(scene.phase('g[2]')).toBe('assigned');
    expect(scene.phase('g[3]')).toBe('waiting');
  });

  test('comes back with its input when that is lost', () => {
    const scene = oneWorker()
      .map('f', 2)
      .map('g', 2, { over: 'f' })
      .finish('f')
      .worker('w2', { threads: 4 })
      .ignore();
    scene.die('w1');
    expect(scene.lines()).toEqual([
      'client: workers w2',
      'w2: run f[0]',
      'w2: run f[1]',
      'client: undone f[1], f[0]',
    ]);
    scene.finish('f[0]');
    expect(scene.lines()).toContain('w2: run g[0] (attempt 1) with f[0] here');
  });
});

describe('a batch that shares its inputs', () => {
  test('stays one piece until they are there', () => {
    const scene = oneWorker()
      .submit('a')
      .map('f', 10_000, { shared: ['a'] });
    expect(scene.state.pieces.size).toBe(2);
    scene.finish('a').ignore();
    expect(scene.phase('f[0]')).toBe('assigned');
  });

  test('may share a range', () => {
    const scene = oneWorker()
      .map('a', 3)
      .map('f', 2, { shared: ['a'] })
      .ignore();
    scene.finish('a[0..1]').expect(['client: done a[0], a[1] at w1']).finish('a[2]');
    expect(scene.lines()).toContain('w1: run f[0] with a[0] here, a[1] here, a[2] here');
  });

  test('waits again when one of them is lost', () => {
    const scene = oneWorker()
      .submit('a')
      .finish('a')
      .map('f', 20, { shared: ['a'] })
      .worker('w2')
      .ignore()
      .die('w1');
    expect(scene.phase('f[19]')).toBe('waiting');
    scene.finish('a', { micros: 100_000 });
    expect(scene.phase('f[19]')).toBe('assigned');
  });
});

describe('a batch in which each task has its own inputs', () => {
  test('waits for each of them', () => {
    oneWorker()
      .map('f', 4)
      .ignore()
      .each('g', [['f[0]', 'f[1]'], ['f[2..3]'], []])
      .expect(['w1: run g[2]'])
      .finish('f[0..2]')
      .expect(['w1: run g[0] with f[0] here, f[1] here', 'client: done f[0], f[1], f[2] at w1'])
      .finish('f[3]')
      .expect(['w1: retire f', 'w1: run g[1] with f[2] here, f[3] here', 'client: done f[3] at w1']);
  });

  test('may need the same task twice, or in a range once more', () => {
    const scene = oneWorker()
      .map('f', 3)
      .each('g', [['f[1]', 'f[1]', 'f[0..2]']])
      .ignore();
    scene.finish('f[0]').finish('f[2]').ignore().finish('f[1]');
    expect(scene.lines()[1]).toBe('w1: run g with f[1] here, f[1] here, f[0] here, f[1] here, f[2] here');
  });

  test('may need tasks of its own batch that come before', () => {
    const scene = oneWorker().each('g', [[], ['g[0]'], ['g[0..1]']]);
    scene.finish('g[0]').finish('g[1]').finish('g[2]');
    expect(scene.phase('g[2]')).toBe('finished');
  });
});

test('a batch that is picked apart keeps its order and its promises', () => {
  const scene = scenario().client().map('f', 3_000).unchecked();
  for (let i = 0; i < 3_000; i += 2) scene.release(`f[${i}]`);
  scene.worker('w1').ignore();
  expect(scene.state.pieces.size).toBe(1_500);
  expect(scene.phase('f[0]')).toBe('forgotten');
  expect(scene.phase('f[1]')).toBe('assigned');
});
