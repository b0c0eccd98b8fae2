import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const oneWorker = () => scenario().client().worker('w1').ignore();

describe('a task that throws', () => {
  test('fails, and with it all that needs it', () => {
    oneWorker()
      .together((scene) =>
        scene
          .submit('x')
          .submit('y', { after: ['x'] })
          .submit('z', { after: ['y'] }),
      )
      .ignore()
      .throw('x', 'boom')
      .expect(['w1: stop y, z', 'client: failed x, y, z: boom']);
  });

  test('fails what is submitted on top of it later', () => {
    oneWorker()
      .submit('x')
      .throw('x', 'boom')
      .ignore()
      .submit('y', { after: ['x'] })
      .expect(['client: failed y: boom'])
      .map('g', 3, { shared: ['x'] })
      .expect(['client: failed g[0..2]: boom']);
  });

  test('is tried again as often as it may', () => {
    oneWorker()
      .submit('x', { retries: 2 })
      .expect(['w1: run x'])
      .throw('x', 'boom')
      .expect(['w1: run x (attempt 1)'])
      .throw('x', 'boom')
      .expect(['w1: run x (attempt 2)'])
      .throw('x', 'last boom')
      .expect(['client: failed x: last boom']);
  });

  test('in a map fails alone', () => {
    oneWorker().map('f', 2).throw('f[0]', 'boom').ignore().finish('f[1]').expect(['client: done f[1] at w1']);
  });

  test('fails the whole batch that shares it', () => {
    oneWorker()
      .submit('x')
      .map('g', 10, { shared: ['x'] })
      .ignore()
      .throw('x', 'boom')
      .expect(['client: failed x, g[0..9]: boom']);
  });
});

describe('a task that is cancelled', () => {
  test('is stopped if it runs, and what needs it fails', () => {
    const scene = oneWorker()
      .submit('x')
      .submit('y', { after: ['x'] })
      .ignore()
      .cancel('x');
    scene.expect(['w1: stop x', 'client: failed x, y: cancelled']);
    expect(scene.faults).toMatchObject([{ code: 'cancelled', task: 'x', attempt: 0 }]);
  });

  test('is not run if it has not been placed', () => {
    scenario().client().submit('x').cancel('x').ignore().worker('w1').expect(['client: workers w1']);
  });

  test('stays finished if it was', () => {
    oneWorker().submit('x').finish('x').ignore().cancel('x').expect([]);
  });

  test('fails once, though its worker finishes it after all', () => {
    oneWorker()
      .submit('x')
      .cancel('x')
      .ignore()
      .finish('x', { on: 'w1', run: 1 })
      .wait(1_000)
      .expect(['w1: drop x', 'w1: retire x']);
  });

  test('in the middle of a map leaves the others alone', () => {
    scenario()
      .client()
      .map('f', 10)
      .ignore()
      .cancel('f[3..4]')
      .expect(['client: failed f[3..4]: cancelled'])
      .worker('w1', { threads: 16 })
      .expect(['client: workers w1', 'w1: run f[0..2]', 'w1: run f[5..9]']);
  });
});

describe('a worker that is lost', () => {
  test('leaves its tasks to others', () => {
    oneWorker()
      .submit('x')
      .worker('w2')
      .ignore()
      .die('w1')
      .expect(['client: workers w2', 'w2: run x (attempt 1)']);
  });

  test('takes its results along: they are computed again, inputs first', () => {
    oneWorker()
      .submit('a')
      .submit('b', { after: ['a'] })
      .finish('a')
      .finish('b')
      .release('a')
      .wait(1_000)
      .worker('w2')
      .ignore()
      .die('w1')
      .expect(['client: workers w2', 'w2: run a', 'w2: run b with a here', 'client: undone b'])
      .finish('a')
      .expect([])
      .finish('b')
      .expect(['client: done b at w2']);
  });

  test('is not missed for what nobody needs', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .release('x')
      .wait(1_000)
      .worker('w2')
      .ignore()
      .die('w1')
      .expect(['client: workers w2']);
  });

  test('is not missed for what was copied from it', () => {
    const scene = oneWorker()
      .worker('w2')
      .scatter('d', { broadcast: true })
      .bring('d', 'w1')
      .bring('d', 'w2')
      .ignore();
    scene
      .die('w1')
      .expect(['client: workers w2'])
      .submit('x', { after: ['d'] })
      .expect(['w2: run x with d here']);
  });

  test('makes what waits for its results wait again', () => {
    oneWorker()
      .submit('a')
      .finish('a')
      .submit('b', { after: ['a'] })
      .ignore()
      .die('w1')
      .worker('w2')
      .expect(['client: workers none', 'client: undone a', 'client: workers w2', 'w2: run a'])
      .finish('a')
      .expect(['w2: retire a', 'w2: run b (attempt 1) with a here', 'client: done a at w2'])
      .finish('b')
      .expect(['client: done b at w2']);
  });
});

describe('a task that takes its worker down', () => {
  const twoDeaths = () =>
    oneWorker()
      .together((scene) => scene.submit('poison').submit('innocent'))
      .die('w1')
      .worker('w2')
      .die('w2')
      .ignore();

  test('runs alone after two deaths', () => {
    twoDeaths()
      .worker('w3')
      .expect(['client: workers w3', 'w3: run poison (attempt 2)'])
      .submit('other')
      .expect([])
      .worker('w4')
      .expect(['client: workers w3, w4', 'w4: run innocent (attempt 2)']);
  });

  test('fails after three, with the reason; its neighbour lives on', () => {
    const scene = twoDeaths().worker('w3').ignore().die('w3', 'exit code 137');
    scene.expect(['client: workers none', 'client: failed poison: worker-died']);
    expect(scene.faults).toMatchObject([{ code: 'worker-died', task: 'poison', worker: 'w3' }]);
    expect(scene.faults[0]?.message).toContain('died 3 times');
    expect(scene.faults[0]?.message).toContain('w3, exit code 137');
    scene
      .worker('w4')
      .expect(['client: workers w4', 'w4: run innocent (attempt 2)'])
      .finish('innocent')
      .expect(['client: done innocent at w4']);
  });

  test('is not held against what ran ahead of its result, which had not started', () => {
    const scene = oneWorker()
      .together((s) => s.submit('a').submit('b', { after: ['a'] }))
      .die('w1')
      .ignore();
    scene.worker('w2').expect(['client: workers w2', 'w2: run a (attempt 1)', 'w2: run b with a here']);
  });

  test('fails with all that waits for its result, by one error', () => {
    const scene = oneWorker().together((s) => s.submit('poison').submit('next', { after: ['poison'] }));
    for (const name of ['w2', 'w3', 'w4']) scene.worker(name).ignore().die(scene.workerOf('poison'));
    expect(scene.lines()).toContain('client: failed poison, next: worker-died');
    expect(scene.faults).toHaveLength(1);
  });
});

test('a value that another worker cannot fetch is made anew, and its holder need not keep it', () => {
  scenario()
    .client()
    .worker('w1')
    .worker('w2')
    .submit('a', { workers: ['w1'] })
    .finish('a')
    .submit('b', { after: ['a'], workers: ['w2'] })
    .ignore()
    .inputMissing('b', { on: 'w2', input: 'a', holder: 'w1' })
    .expect(['w1: drop a', 'w1: retire a', 'w1: run a', 'client: undone a'])
    .finish('a')
    .expect(['w2: run b with a from w1', 'client: done a at w1']);
});

test('a value that another worker cannot fetch again and again, though its holder is there, fails who needs it', () => {
  const scene = scenario()
    .client()
    .worker('w1')
    .worker('w2')
    .submit('a', { workers: ['w1'] })
    .submit('b', { after: ['a'], workers: ['w2'] });
  const missed = () => scene.finish('a').ignore().inputMissing('b', { on: 'w2', input: 'a', holder: 'w1' });
  missed().ignore();
  missed().expect(['w1: drop a', 'w1: retire a', 'w1: run a', 'client: undone a']);
  missed().expect(['w2: stop b', 'client: failed b: unreachable']);
  expect(scene.faults).toMatchObject([
    {
      code: 'unreachable',
      task: 'b',
      message: expect.stringMatching(/with worker w1, which worker w2 cannot reach at /),
    },
  ]);
});

test('a value that is made by turns on two workers which a third cannot reach is not made without end', () => {
  const scene = scenario()
    .client()
    .worker('w1')
    .worker('w3')
    .worker('w2')
    .submit('a', { workers: ['w1', 'w3'] })
    .submit('b', { after: ['a'], workers: ['w2'] });
  for (const [turn, holder] of ['w1', 'w3', 'w1'].entries()) {
    // Who made it last is busy, so that the other makes it the next time.
    scene.finish('a').submit(`busy ${turn}`, { workers: [holder] });
    scene.inputMissing('b', { on: 'w2', input: 'a', holder });
  }
  expect(scene.faults).toMatchObject([
    { code: 'unreachable', task: 'b', message: expect.stringContaining('with worker w1, which worker w2 ') },
  ]);
});

test('a value that several workers could not have once each is made anew for each of them', () => {
  const scene = scenario()
    .client()
    .worker('w1')
    .submit('a', { workers: ['w1'] });
  for (const [i, worker] of ['w2', 'w3', 'w4', 'w5'].entries()) {
    scene.worker(worker).submit(`b${i}`, { after: ['a'], workers: [worker] });
    scene.inputMissing(`b${i}`, { on: worker, input: 'a', holder: 'w1' });
    scene.finish('a').finish(`b${i}`);
  }
  expect(scene.faults).toEqual([]);
});

describe('news from the past is dropped:', () => {
  test('a result of a run that was given to somebody else', () => {
    oneWorker()
      .submit('x')
      .worker('w2')
      .ignore()
      .die('w1')
      .ignore()
      .finish('x', { on: 'w1', run: 1 })
      .expect([])
      .finish('x', { on: 'w2' })
      .expect(['client: done x at w2']);
  });

  test('a result that another worker claims to have', () => {
    oneWorker()
      .submit('x')
      .worker('w2')
      .ignore()
      .finish('x', { on: 'w2', run: 1 })
      .wait(1_000)
      .expect(['w2: drop x'])
      .finish('x', { on: 'w1' })
      .expect(['client: done x at w1']);
  });

  test('a failure of an earlier attempt', () => {
    oneWorker()
      .submit('x', { retries: 1 })
      .throw('x', 'boom')
      .ignore()
      .throw('x', 'boom', { on: 'w1', run: 1 })
      .expect([])
      .finish('x')
      .expect(['client: done x at w1']);
  });

  test('a result that came twice', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .ignore()
      .finish('x', { on: 'w1', run: 1 })
      .wait(1_000)
      .expect(['w1: retire x']);
  });

  test('a result of a batch that is forgotten, which the worker may drop', () => {
    oneWorker()
      .submit('x')
      .release('x')
      .wait(1_000)
      .ignore()
      .finish('x', { on: 'w1', run: 1 })
      .wait(1_000)
      .expect(['w1: drop x']);
  });

  test('a result of a task of a map that is forgotten, which the worker may drop', () => {
    oneWorker()
      .map('f', 3)
      .release('f[1]')
      .ignore()
      .finish('f[1]', { on: 'w1', run: 1 })
      .wait(1_000)
      .expect(['w1: drop f[1]']);
  });
});
