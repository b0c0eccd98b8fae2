import { describe, expect, test } from 'vitest';
import { type Scenario, scenario } from '../../test/scenario.ts';

const oneWorker = () => scenario().client().worker('w1').ignore();

/** The function f takes so long, as was measured before. */
const takes = (micros: number) =>
  oneWorker().map('before', 4, { fn: 'f' }).finish('before', { micros }).wait(1_000).ignore();

const runs = (scene: Scenario) => scene.lines().filter((line) => line.includes(': run ')).length;

describe('a chain', () => {
  test('is run without a word from us for each link', () => {
    oneWorker()
      .worker('w2')
      .ignore()
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .submit('c', { after: ['b'] }),
      )
      .expect(['w1: run a', 'w1: run b with a here', 'w1: run c with b here'])
      .finish('a')
      .expect(['client: done a at w1'])
      .finish('b')
      .finish('c')
      .expect(['client: done b at w1', 'client: done c at w1']);
  });

  test('is given no deeper than any other work, and deeper as it is done', () => {
    const scene = oneWorker().chain('f', 100);
    expect(runs(scene)).toBe(8);
    scene.finish('f[0]').expect(['w1: run f[8] with f[7] here', 'client: done f[0] at w1']);
  });

  test('of long tasks goes link by link', () => {
    takes(300_000)
      .chain('f', 3)
      .expect(['w1: run f[0]'])
      .heartbeat('w1')
      .expect([])
      .finish('f[0]', { micros: 300_000 })
      .expect(['w1: run f[1] with f[0] here', 'client: done f[0] at w1']);
  });

  test('of a hundred thousand tiny tasks does not exhaust the stack', () => {
    const scene = takes(0).unchecked();
    scene.chain('f', 100_000);
    expect(runs(scene)).toBeGreaterThan(10_000);
  });

  test('leaves the other threads of its worker to others', () => {
    const scene = scenario().client().worker('w1', { threads: 2 }).chain('f', 100).ignore();
    scene.submit('x').expect(['w1: run x']);
  });
});

describe('what needs two tasks', () => {
  test('runs ahead where both are made', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('a')
          .submit('b')
          .submit('c', { after: ['a', 'b'] }),
      )
      .expect(['w1: run a', 'w1: run b', 'w1: run c with a here, b here']);
  });

  test('waits when they are made in two places', () => {
    const scene = oneWorker().worker('w2').ignore();
    scene.together((s) =>
      s
        .submit('a')
        .submit('b')
        .submit('c', { after: ['a', 'b'] }),
    );
    scene.expect(['w1: run a', 'w2: run b']).finish('a').expect(['client: done a at w1']);
    scene
      .finish('b')
      .expect([
        'w1: workers w1, w2',
        'w1: retire a',
        'w1: run c with a here, b from w2',
        'client: done b at w2',
      ]);
  });

  test('waits when it may not run everywhere', () => {
    oneWorker()
      .together((scene) => scene.submit('a').submit('b', { after: ['a'], workers: ['w1'] }))
      .expect(['w1: run a']);
  });
});

describe('a task that ran ahead', () => {
  test('comes back with the input that was handed back', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('z')
          .submit('a')
          .submit('b', { after: ['a'] }),
      )
      .ignore()
      .worker('w2')
      .expect(['client: workers w1, w2', 'w1: take back a'])
      .handBack('w1', 'a', 'b')
      .expect(['w2: run a', 'w2: run b with a here']);
  });

  test('fails with its input, and is stopped', () => {
    oneWorker()
      .together((scene) => scene.submit('a').submit('b', { after: ['a'] }))
      .ignore()
      .throw('a', 'boom')
      .expect(['w1: stop b', 'client: failed a, b: boom']);
  });

  test('is run again when its input was lost before it could take it', () => {
    oneWorker()
      .together((scene) => scene.submit('a').submit('b', { after: ['a'] }))
      .finish('a')
      .ignore()
      .inputMissing('b', { on: 'w1', input: 'a' })
      .expect(['w1: drop a', 'w1: retire a', 'w1: run a', 'w1: run b with a here', 'client: undone a']);
  });

  test('and lacked its input when that had thrown, takes it when it was made after all', () => {
    oneWorker()
      .together((scene) => scene.submit('a', { retries: 1 }).submit('b', { after: ['a'] }))
      .throw('a', 'boom')
      .finish('a')
      .ignore()
      .inputMissing('b', { on: 'w1', input: 'a' })
      .expect(['w1: retire a', 'w1: run b with a here']);
  });

  test('and whose row went to scattered data is not taken for it', () => {
    const s = scenario().client().submit('x');
    s.each(
      'y',
      Array.from({ length: 12 }, () => ['x']),
    )
      .worker('w1')
      .release('y[8..11]');
    s.scatter('d').finish('x').ignore().finish('y[0..3]');
    expect(s.lines().filter((line) => line.includes('run d'))).toEqual([]);
    expect(s.bring('d', 'w1').phase('d')).toBe('finished');
  });
});
