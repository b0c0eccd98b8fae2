import { describe, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

describe('a task', () => {
  test('is run by a worker that is there', () => {
    scenario()
      .client()
      .worker('w1')
      .ignore()
      .submit('x')
      .expect(['w1: run x'])
      .finish('x')
      .expect(['client: done x at w1']);
  });

  test('waits for the first worker to join', () => {
    scenario()
      .client()
      .expect(['client: workers none'])
      .submit('x')
      .expect([])
      .worker('w1')
      .expect(['client: workers w1', 'w1: run x']);
  });

  test('waits for its inputs, of which it is told where they are', () => {
    scenario()
      .client()
      .worker('w1')
      .submit('x')
      .finish('x')
      .worker('w2')
      .ignore()
      .submit('y', { after: ['x'] })
      .expect(['w1: retire x', 'w1: run y with x here'])
      .submit('z', { after: ['x', 'y'] })
      .expect([])
      .finish('y')
      .expect(['w1: retire y', 'w1: run z with x here, y here', 'client: done y at w1']);
  });

  test('starts at once when its inputs are finished', () => {
    scenario()
      .client()
      .worker('w1')
      .submit('x')
      .finish('x')
      .ignore()
      .submit('y', { after: ['x'] })
      .expect(['w1: retire x', 'w1: run y with x here']);
  });

  test('may need a range of tasks', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 4)
      .finish('f[0..3]')
      .ignore()
      .submit('sum', { after: ['f[1..2]'] })
      .expect(['w1: retire f', 'w1: run sum with f[1] here, f[2] here']);
  });

  test('gets its function and its arguments before it, each once', () => {
    scenario()
      .client()
      .worker('w1')
      .code('h')
      .ignore()
      .map('f', 4, { code: 'h', blocks: [2, 2] })
      .expect([
        'w1: code h',
        'w1: arguments f[0..1], f[2..3]',
        'w1: run f[0]',
        'w1: run f[1]',
        'w1: run f[2]',
        'w1: run f[3]',
      ])
      .map('g', 1, { code: 'h', blocks: [1] })
      .expect(['w1: arguments g', 'w1: run g']);
  });
});

describe('who joins', () => {
  test('is told who is there, and everybody is told of it', () => {
    scenario()
      .client('ann')
      .worker('w1')
      .ignore()
      .client('bob')
      .expect(['ann: workers w1', 'bob: workers w1'])
      .worker('w2')
      .expect(['ann: workers w1, w2', 'bob: workers w1, w2'])
      .die('w1')
      .expect(['ann: workers w2', 'bob: workers w2']);
  });
});

describe('a worker', () => {
  test('learns who else there is when it is to fetch from others, and then only what changed since', () => {
    const scene = scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .submit('x', { workers: ['w1'] })
      .finish('x');
    scene.ignore().submit('y', { after: ['x'], workers: ['w2'] });
    scene
      .expect(['w2: workers w1, w2', 'w2: run y with x from w1'])
      .submit('z', { after: ['x'], workers: ['w2'] });
    scene.expect(['w2: run z with x from w1']).worker('w3').expect(['client: workers w1, w2, w3']);
    scene.submit('u', { after: ['x'], workers: ['w2'] });
    scene.expect(['w2: workers w1, w2, w3', 'w2: run u with x from w1']);
  });

  test('that has all that it needs is not told of a thousand others', () => {
    const scene = scenario().client().worker('w1').worker('w2').ignore();
    scene.map('f', 2).expect(['w1: run f[0]', 'w2: run f[1]']);
  });
});

describe('two clients', () => {
  test('number their tasks without regard to each other', () => {
    scenario()
      .client('ann')
      .client('bob')
      .worker('w1')
      .ignore()
      .submit('x', { by: 'ann' })
      .submit('y', { by: 'bob' })
      .expect(['w1: run x', 'w1: run y'])
      .finish('y')
      .expect(['bob: done y at w1'])
      .finish('x')
      .expect(['ann: done x at w1']);
  });

  test('do not disturb each other when one leaves', () => {
    scenario()
      .client('ann')
      .client('bob')
      .worker('w1')
      .submit('x', { by: 'ann' })
      .submit('y', { by: 'bob' })
      .ignore()
      .leave('ann')
      .expect(['w1: stop x'])
      .finish('y')
      .expect(['bob: done y at w1']);
  });
});

describe('a worker that is silent', () => {
  test('is dismissed, and its work goes elsewhere', () => {
    scenario({ workerTtlMs: 5_000 })
      .client()
      .worker('w1')
      .submit('x')
      .wait(2_000)
      .wait(2_000)
      .worker('w2')
      .heartbeat('w2')
      .ignore()
      .wait(1_500)
      .expect([
        'dismiss w1: worker w1 was silent for 5500 ms',
        'client: workers w2',
        'w2: run x (attempt 1)',
      ]);
  });

  test('is not silent while it says that it lives', () => {
    scenario({ workerTtlMs: 5_000 })
      .client()
      .worker('w1')
      .ignore()
      .wait(2_000)
      .wait(2_000)
      .heartbeat('w1')
      .wait(2_000)
      .wait(2_000)
      .expect([]);
  });

  test('is forgiven when it was us who were held up', () => {
    scenario({ workerTtlMs: 5_000 }).client().worker('w1').ignore().wait(20_000).expect([]);
  });
});
