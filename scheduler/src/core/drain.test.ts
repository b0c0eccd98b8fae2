import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';
import { census } from './census.ts';
import { cheapest } from './drain.ts';

describe('a worker that is to leave', () => {
  test('leaves at once when it has nothing', () => {
    scenario()
      .client()
      .worker('w1')
      .ignore()
      .retire('w1')
      .expect(['client: workers w1 (leaving)', 'w1: leave'])
      .retire('w1')
      .expect([]);
  });

  test('is remembered by its name when it has gone, until one of that name comes', () => {
    const scene = scenario().worker('w1').worker('w2').retire('w1').die('w1').die('w2');
    expect(census(scene.state)).toMatchObject({ workers: [], departed: ['w1'] });
    expect(census(scene.worker('w1').state)).toMatchObject({ workers: [{ name: 'w1' }], departed: [] });
  });

  test('gets nothing new', () => {
    const scene = scenario().client().worker('w1').worker('w2').submit('x').ignore();
    scene.retire(scene.workerOf('x')).ignore().map('f', 2);
    expect(scene.lines()).toEqual(['w2: run f[0]', 'w2: run f[1]']);
  });

  test('hands back what it has not begun, and finishes what runs', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 2)
      .ignore()
      .retire('w1')
      .expect(['client: workers w1 (leaving)', 'w1: take back f[0], f[1]'])
      .handBack('w1', 'f[1]')
      .expect([])
      .worker('w2')
      .expect(['client: workers w1 (leaving), w2', 'w2: run f[1]'])
      .finish('f[0]')
      .expect(['w2: workers w1 (leaving), w2', 'w2: keep f[0] of w1', 'client: done f[0] at w1'])
      .copy('f[0]', 'w2')
      .expect(['w1: leave']);
  });

  test('has its values moved, and leaves when the last has arrived', () => {
    scenario()
      .client()
      .worker('w1')
      .submit('x')
      .submit('y')
      .finish('x')
      .finish('y')
      .worker('w2')
      .ignore()
      .retire('w1')
      .expect([
        'client: workers w1 (leaving), w2',
        'w2: workers w1 (leaving), w2',
        'w2: keep y of w1, x of w1',
      ])
      .copy('x', 'w2')
      .expect([])
      .copy('y', 'w2')
      .expect(['w1: leave'])
      .die('w1')
      .expect(['client: workers w2'])
      .want('x')
      .expect(['w2: fetch x']);
  });

  test('waits for one that stays, if there is none', () => {
    scenario()
      .client()
      .worker('w1')
      .submit('x')
      .finish('x')
      .ignore()
      .retire('w1')
      .expect(['client: workers w1 (leaving)'])
      .worker('w2')
      .expect(['client: workers w1 (leaving), w2', 'w2: workers w1 (leaving), w2', 'w2: keep x of w1']);
  });

  test('does not wait for values that others have as well', () => {
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .scatter('d', { broadcast: true })
      .bring('d', 'w1')
      .bring('d', 'w2')
      .ignore()
      .retire('w1')
      .expect(['client: workers w1 (leaving), w2', 'w1: leave'])
      .die('w1')
      .expect(['client: workers w2']);
  });

  test('does not wait for a copy of what others have', () => {
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .scatter('d', { broadcast: true })
      .bring('d', 'w1')
      .ignore()
      .retire('w2')
      .expect(['client: workers w1, w2 (leaving)', 'w2: leave'])
      .bring('d', 'w2')
      .wait(1_000)
      .expect(['w2: drop d'])
      .die('w1')
      .expect(['client: workers w2 (leaving)', 'client: undone d', 'client: failed d: data-lost']);
  });

  test('is given no scattered data, and gets what was promised to it before', () => {
    scenario()
      .client()
      .worker('w1')
      .scatter('d')
      .ignore()
      .retire('w1')
      .expect(['client: workers w1 (leaving)'])
      .worker('w2')
      .scatter('e')
      .expect(['client: workers w1 (leaving), w2', 'client: put e at w2'])
      .bring('d', 'w1')
      .expect(['w2: workers w1 (leaving), w2', 'w2: keep d of w1', 'client: done d at w1'])
      .copy('d', 'w2')
      .expect(['w1: leave']);
  });

  test('whose value one cannot fetch is asked by another', () => {
    const scene = scenario().client().worker('w1').submit('x').finish('x').worker('w2').worker('w3').ignore();
    scene.retire('w1').ignore().lackCopy('x', { on: 'w2', holder: 'w1' });
    expect(scene.lines()).toHaveLength(1);
    expect(scene.phase('x')).toBe('finished');
  });

  test('whose value nobody can fetch has it computed again', () => {
    const scene = scenario().client().worker('w1').submit('x').finish('x').worker('w2').retire('w1').ignore();
    for (let tries = 0; tries < 3; tries++) scene.lackCopy('x', { on: 'w2', holder: 'w1' });
    expect(scene.lines()).toContain('w2: run x');
    scene.finish('x');
  });

  test('whose value was to go to one that died moves it elsewhere', () => {
    const scene = scenario().client().worker('w1').submit('x').finish('x').worker('w2').retire('w1').ignore();
    scene.worker('w3').ignore().die('w2');
    expect(scene.lines()).toContain('w3: keep x of w1');
  });

  test('whose values one cannot fetch, several at once, are all asked by another', () => {
    const scene = scenario().client().worker('w1').map('f', 2).finish('f[0]').finish('f[1]').worker('w2');
    scene.retire('w1').ignore().lackCopy('f', { on: 'w2', holder: 'w1' });
    scene.expect(['w2: keep f[1] of w1, f[0] of w1']);
  });

  test('whose value was to go to one that is to leave as well moves it elsewhere', () => {
    scenario()
      .client()
      .worker('w1')
      .submit('x')
      .finish('x')
      .worker('w2')
      .retire('w1')
      .ignore()
      .retire('w2')
      .expect(['client: workers w1 (leaving), w2 (leaving)', 'w2: leave'])
      .copy('x', 'w2')
      .worker('w3')
      .wait(1_000)
      .expect([
        'client: workers w1 (leaving), w2 (leaving), w3',
        'w3: workers w1 (leaving), w2 (leaving), w3',
        'w3: keep x of w1',
        'w1: retire x',
        'w2: drop x',
      ]);
  });

  test('that dies before it is drained costs nobody a death', () => {
    const scene = scenario()
      .client()
      .worker('w1')
      .submit('x')
      .retire('w1')
      .die('w1')
      .worker('w2')
      .retire('w2');
    scene.die('w2').worker('w3').retire('w3').die('w3').worker('w4').ignore().finish('x');
    expect(scene.phase('x')).toBe('finished');
  });

  test('copies of what nobody holds any more are dropped', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 3)
      .finish('f[0..2]')
      .worker('w2')
      .retire('w1')
      .release('f[1]')
      .ignore()
      .copy('f', 'w2')
      .wait(1_000)
      .expect(['w1: leave', 'w1: drop f[1]', 'w1: retire f', 'w2: drop f[1]']);
  });

  test('is named to whoever asks why a task waits', () => {
    const scene = scenario().client().worker('w1').retire('w1').submit('x');
    expect(scene.explain('x')).toBe(
      'x (task 1) is ready, but the workers that may run it are leaving (w1): it waits for another',
    );
  });
});

test('the cheapest to lose hold the fewest bytes that are nowhere else, then have the least to do', () => {
  const scene = scenario().client().worker('w1').worker('w2').worker('w3');
  scene
    .submit('x', { workers: ['w1'] })
    .finish('x', { bytes: 500 })
    .submit('y', { workers: ['w2'] });
  expect(cheapest(scene.state, ['w1', 'w2', 'w3'], 3)).toEqual(['w3', 'w2', 'w1']);
  expect(cheapest(scene.state, ['w1', 'w2', 'gone'], 1)).toEqual(['w2']);
});

test('a worker may be lost that inherited a map and one over it, however they were cut', () => {
  const s = scenario().client().worker('w1', { threads: 4 });
  s.map('a', 4).finishAll('w1');
  s.map('b', 4, { over: 'a' }).finishAll('w1');
  s.want('a[1]').send('a[1]', { on: 'w1' });
  s.worker('w2').ignore().retire('w1');
  s.copy('b[0..3]', 'w2').copy('a[0]', 'w2').copy('a[1]', 'w2').copy('a[2..3]', 'w2');
  s.die('w1').worker('w3').ignore().die('w2');
  s.want('b[0]');
  for (const task of ['a[0]', 'b[0]', 'b[3]']) expect(s.phase(task)).not.toBe('finished');
});

test('a value that was to be dropped and is to be kept after all is told of in this order', () => {
  const s = scenario().client().worker('w1').worker('w2').worker('w3');
  s.scatter('x', { broadcast: true, workers: ['w1', 'w2'] })
    .bring('x', 'w2')
    .bring('x', 'w1');
  s.submit('t', { shared: ['x'], workers: ['w3'] });
  s.inputMissing('t', { on: 'w3', input: 'x', holder: 'w2' }).finish('t').ignore();
  s.retire('w1');
  const lines = s.lines().filter((line) => /^w2: (drop|keep)/.test(line));
  expect(lines.map((line) => line.split(' ')[1])).toEqual(['drop', 'keep']);
  s.copy('x', 'w2').die('w1').ignore().wait(1_000);
  expect(s.lines().filter((line) => line.includes('drop'))).toEqual([]);
});
