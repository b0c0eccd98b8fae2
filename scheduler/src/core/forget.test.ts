import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const oneWorker = () => scenario().client().worker('w1').ignore();

describe('a task that nobody wants', () => {
  test('is not run', () => {
    const scene = scenario().client().submit('x').release('x').worker('w1').ignore();
    expect(scene.expect([]).phase('x')).toBe('forgotten');
  });

  test('is stopped if it runs', () => {
    oneWorker().submit('x').ignore().release('x').expect(['w1: stop x']).wait(1_000).expect(['w1: retire x']);
  });

  test('has its result dropped, when there is time for it', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .ignore()
      .release('x')
      .expect([])
      .wait(1_000)
      .expect(['w1: drop x', 'w1: retire x']);
  });

  test('has its result dropped at once if it is large', () => {
    oneWorker()
      .submit('x')
      .finish('x', { bytes: 2e6 })
      .ignore()
      .release('x')
      .expect(['w1: drop x', 'w1: retire x']);
  });

  test('takes along what only it needed', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .release('a'),
      )
      .ignore()
      .release('b')
      .expect(['w1: stop b, a']);
  });

  test('leaves what others need', () => {
    const scene = oneWorker();
    scene.together((s) =>
      s
        .submit('a')
        .submit('b', { after: ['a'] })
        .submit('c', { after: ['a'] })
        .release('a'),
    );
    scene
      .ignore()
      .release('b')
      .expect(['w1: stop b'])
      .finish('a')
      .finish('c')
      .expect(['client: done c at w1']);
  });

  test('of a map is not run, while the others are', () => {
    scenario()
      .client()
      .map('f', 6)
      .release('f[1..4]')
      .ignore()
      .worker('w1')
      .expect(['client: workers w1', 'w1: run f[0]', 'w1: run f[5]']);
  });

  test('leaves no trace, however it ended', () => {
    const scene = oneWorker()
      .submit('done')
      .finish('done')
      .submit('bad')
      .throw('bad', 'boom')
      .submit('cancelled')
      .cancel('cancelled')
      .submit('running')
      .map('f', 5)
      .map('g', 5, { over: 'f' })
      .submit('sum', { after: ['g'] })
      .submit('shared', { shared: ['f'] });
    for (const name of ['done', 'bad', 'cancelled', 'running', 'f', 'g', 'sum', 'shared'])
      scene.release(name);
    const { pieces, batchById, errors, codes, cache, replicas, lanes, promises } = scene.state;
    expect(pieces.size).toBe(0);
    for (const each of [batchById, errors, codes, cache, replicas, lanes, promises])
      expect(each.size).toBe(0);
  });
});

describe('an input', () => {
  test('is dropped as soon as all that need it are finished', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .release('a'),
      )
      .finish('a', { bytes: 2e6 })
      .ignore()
      .finish('b')
      .expect(['w1: drop a', 'w1: retire a, b', 'client: done b at w1']);
  });

  test('that a batch shares is kept until all of it is finished', () => {
    oneWorker()
      .submit('a')
      .map('f', 2, { shared: ['a'] })
      .release('a')
      .finish('a', { bytes: 2e6 })
      .finish('f[0]')
      .ignore()
      .finish('f[1]')
      .expect(['w1: drop a', 'w1: retire f', 'client: done f[1] at w1']);
  });

  test('of a map over a map goes piece by piece', () => {
    oneWorker()
      .map('f', 2)
      .map('g', 2, { over: 'f' })
      .release('f')
      .finish('f', { bytes: 2e6 })
      .ignore()
      .finish('g[0]')
      .expect(['w1: drop f[0]', 'client: done g[0] at w1'])
      .finish('g[1]')
      .expect(['w1: drop f[1]', 'w1: retire g', 'client: done g[1] at w1']);
  });

  test('of a map over a map is not made where no task maps over it any more', () => {
    scenario()
      .client()
      .map('f', 4)
      .map('g', 4, { over: 'f' })
      .release('f')
      .release('g[0..1]')
      .worker('w1', { threads: 4 })
      .expect(['client: workers none', 'client: workers w1', 'w1: run f[2..3]']);
  });

  test('of a map over a map that was let go is forgotten, though in the same turn some of what it maps over fails', () => {
    const scene = scenario().client().map('f', 4).map('g', 4, { over: 'f' });
    scene.together((turn) => turn.release('g').cancel('f[2]'));
    expect(['g[0]', 'g[2]', 'g[3]'].map((task) => scene.phase(task))).toEqual(Array(3).fill('forgotten'));
  });

  test('that was let go comes back when it is needed for something new', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .release('a'),
      )
      .finish('a')
      .finish('b')
      .wait(1_000)
      .ignore()
      .submit('c', { after: ['a', 'b'] })
      .expect(['w1: run a', 'w1: run c with a here, b here']);
  });

  test('that is forgotten cannot be needed any more, which the task says', () => {
    const scene = oneWorker().submit('a').finish('a').release('a').wait(1_000).ignore();
    scene.submit('b', { after: ['a'] }).expect(['client: failed b: unknown-input']);
    expect(scene.faults[0]).toMatchObject({ code: 'unknown-input', task: 'b' });
    expect(scene.faults[0]?.message).toContain('keep its future');
  });

  test.each(['after', 'shared', 'over'] as const)(
    'that is forgotten is missed however it is needed: %s',
    (how) => {
      const scene = oneWorker().submit('a').finish('a').release('a').wait(1_000).ignore();
      const needs = how === 'over' ? 'a' : ['a'];
      scene.map('f', 1, how === 'after' ? {} : { [how]: needs });
      if (how !== 'after') scene.expect(['client: failed f: unknown-input']);
    },
  );
});

describe('a recipe', () => {
  test('is kept while a result that stands on it might have to be computed again', () => {
    const scene = oneWorker();
    scene.together((s) =>
      s
        .submit('a')
        .submit('b', { after: ['a'] })
        .release('a'),
    );
    scene.finish('a').finish('b').wait(1_000);
    expect(scene.phase('a')).toBe('released');
    expect(scene.release('b').phase('a')).toBe('forgotten');
  });

  test('of scattered data is no recipe: the data is kept instead', () => {
    const scene = oneWorker()
      .scatter('d')
      .bring('d', 'w1')
      .submit('b', { after: ['d'] })
      .release('d')
      .finish('b');
    scene.wait(1_000).ignore();
    expect(scene.phase('d')).toBe('finished');
    scene.die('w1').worker('w2');
    scene.expect([
      'client: workers none',
      'client: undone b',
      'client: failed b: data-lost',
      'client: workers w2',
    ]);
  });

  test('deep down is found, inputs first', () => {
    const scene = oneWorker();
    scene.together((s) => {
      s.chain('f', 4).release('f[0..2]');
    });
    scene.finish('f[0]').finish('f[1]').finish('f[2]').finish('f[3]').wait(1_000).ignore();
    scene
      .die('w1')
      .worker('w2')
      .expect([
        'client: workers none',
        'client: undone f[3]',
        'client: workers w2',
        'w2: run f[0]',
        'w2: run f[1] with f[0] here',
        'w2: run f[2] with f[1] here',
        'w2: run f[3] with f[2] here',
      ]);
  });
});

describe('a client that leaves', () => {
  test('has its tasks stopped and its results dropped', () => {
    const scene = oneWorker()
      .submit('done')
      .finish('done')
      .submit('runs')
      .submit('waits', { after: ['runs'] })
      .ignore()
      .leave()
      .expect(['w1: stop runs'])
      .wait(1_000)
      .expect(['w1: drop done', 'w1: retire runs']);
    expect(scene.state.clients.size).toBe(0);
    expect(scene.state.pieces.size).toBe(0);
  });

  test('with a million tasks is forgotten in a moment', () => {
    const scene = scenario().client().unchecked();
    for (let i = 0; i < 20; i++) scene.map(`f${i}`, 50_000);
    scene.leave();
    expect(scene.state.pieces.size).toBe(0);
  });
});
