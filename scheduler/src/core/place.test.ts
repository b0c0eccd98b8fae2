import { describe, expect, test } from 'vitest';
import { type Scenario, scenario } from '../../test/scenario.ts';

const runs = (scene: Scenario) => scene.lines().filter((line) => line.includes(': run '));
const runsAt = (worker: string, lines: readonly string[]) =>
  lines.filter((line) => line.startsWith(`${worker}:`)).length;
/** Tasks in a line such as 'w1: run f[3..9]'. */
const tasksIn = (line: string) => {
  const [, from, to = from] = /\[(\d+)(?:\.\.(\d+))?\]/.exec(line) ?? [];
  return from === undefined ? 1 : Number(to) - Number(from) + 1;
};

/** Workers of so many threads, and the function f takes so long, as was measured before. */
function workers(threads: readonly number[], micros = 0): Scenario {
  const scene = scenario().client();
  threads.forEach((each, i) => void scene.worker(`w${i + 1}`, { threads: each }));
  if (micros > 0) scene.map('before', 2, { fn: 'f' }).finish('before', { micros }).wait(1_000);
  return scene.ignore();
}

describe('a map of unknown duration', () => {
  test('is spread in portions of one task for each thread', () => {
    workers([4, 4]).map('f', 8).expect(['w1: run f[0..3]', 'w2: run f[4..7]']);
  });

  test('is held back but for what keeps threads busy for a while', () => {
    const lines = runs(workers([1, 1]).map('f', 1_000));
    expect([runsAt('w1', lines), runsAt('w2', lines)]).toEqual([8, 8]);
  });
});

describe('a map of known duration', () => {
  test.each([
    // The horizon is 8 ms for each thread; up to twice as much goes out at once.
    [10, 800, 2],
    [100, 80, 2],
    [1_000, 8, 4],
  ])('of %i us a task goes out in portions of about 16 ms', (micros, least, mostLines) => {
    const lines = runs(workers([1], micros).map('f', 10_000, { fn: 'f' }));
    const tasks = lines.map(tasksIn).reduce((sum, each) => sum + each, 0);
    expect(tasks).toBeGreaterThanOrEqual(least);
    expect(tasks).toBeLessThanOrEqual(4 * least);
    expect(lines.length).toBeLessThanOrEqual(mostLines);
  });

  test('of tiny tasks goes out in portions that a message can hold', () => {
    const lines = runs(workers([1], 0.3).map('f', 60_000, { fn: 'f' }));
    expect(Math.max(...lines.map(tasksIn))).toBe(8_192);
  });

  test('of long tasks goes out one for each thread', () => {
    workers([1, 1], 500_000).map('f', 10, { fn: 'f' }).expect(['w1: run f[0]', 'w2: run f[1]']);
  });

  test('has portions that become smaller towards its end', () => {
    const scene = workers([1, 1], 1_000).map('f', 60, { fn: 'f' });
    const sizes: number[] = [];
    for (let lines = runs(scene); lines.length > 0; lines = runs(scene)) {
      sizes.push(...lines.map(tasksIn));
      scene.finishAll('w1').finishAll('w2');
    }
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(60);
    expect(sizes[0]).toBeGreaterThan(5);
    expect(sizes.slice(-2)).toEqual([1, 1]);
  });
});

describe('neighbours', () => {
  test('go to the same worker, so that what needs both finds them there', () => {
    const scene = workers([1, 1], 2).unchecked();
    const pairs = Array.from({ length: 1_000 }, (_, i) => [`f[${2 * i}]`, `f[${2 * i + 1}]`]);
    scene.together((s) => s.map('f', 2_000, { fn: 'f' }).each('add', pairs, { fn: 'f' })).ignore();
    scene.finishAll('w1', { micros: 2 }).finishAll('w2', { micros: 2 });
    const adds = runs(scene).concat(
      runs(scene.finishAll('w1', { micros: 2 }).finishAll('w2', { micros: 2 })),
    );
    expect(adds.filter((line) => line.includes(' from ')).length).toBeLessThan(20);
    for (const name of ['w1', 'w2'])
      expect(scene.state.workerByName.get(name)?.counter.tasks).toBeGreaterThan(900);
  });

  test('are not kept together where others have nothing to do', () => {
    const scene = workers([1, 1, 1, 1], 100);
    scene.each('f', [[], [], [], []], { fn: 'f' });
    expect(runs(scene)).toEqual(['w1: run f[0]', 'w2: run f[1]', 'w3: run f[2]', 'w4: run f[3]']);
  });
});

describe('priority', () => {
  test('goes before what was submitted earlier', () => {
    scenario()
      .client()
      .submit('low')
      .submit('high', { priority: 10 })
      .submit('lowest', { priority: -1 })
      .ignore()
      .worker('w1')
      .expect(['client: workers w1', 'w1: run high', 'w1: run low', 'w1: run lowest']);
  });

  test('does not take what has been given out', () => {
    workers([1])
      .submit('low')
      .expect(['w1: run low'])
      .submit('high', { priority: 10 })
      .expect(['w1: run high']);
  });

  test('of equals goes by when they were submitted, whatever became of them since', () => {
    scenario()
      .client()
      .map('f', 6)
      .cancel('f[2..3]')
      .map('g', 2)
      .ignore()
      .worker('w1')
      .expect([
        'client: workers w1',
        'w1: run f[0]',
        'w1: run f[1]',
        'w1: run f[4]',
        'w1: run f[5]',
        'w1: run g[0]',
        'w1: run g[1]',
      ]);
  });
});

describe('resources', () => {
  test('in parts add up to the whole again', () => {
    const s = scenario()
      .client()
      .worker('w1', { threads: 4, resources: { GPU: 1 } });
    s.map('t', 10, { resources: { GPU: 0.1 } });
    for (let i = 0; i < 10; i++) s.finish(`t[${i}]`);
    expect(
      s
        .ignore()
        .submit('whole', { resources: { GPU: 1 } })
        .lines(),
    ).toContain('w1: run whole');
  });

  test.each([3, 10, 100])('of one among %i workers are found, whichever it is', (count) => {
    for (let special = 1; special <= count; special += Math.ceil(count / 10)) {
      let scene = scenario().client();
      for (let i = 1; i <= count; i++)
        scene = scene.worker(`w${i}`, i === special ? { resources: { GPU: 1 } } : {});
      scene
        .ignore()
        .submit('train', { resources: { GPU: 1 } })
        .expect([`w${special}: run train`]);
    }
  });

  test('are taken while tasks run that need them', () => {
    scenario()
      .client()
      .worker('plain')
      .worker('fast', { threads: 4, resources: { GPU: 2 } })
      .ignore()
      .map('train', 3, { resources: { GPU: 1 } })
      .expect(['fast: run train[0..1]'])
      .finish('train[0]')
      .expect(['fast: run train[2]', 'client: done train[0] at fast']);
  });

  test('that no worker has are waited for, while others run', () => {
    scenario()
      .client()
      .worker('w1', { resources: { GPU: 1 } })
      .ignore()
      .submit('big', { resources: { GPU: 2 } })
      .submit('small')
      .expect(['w1: run small'])
      .worker('w2', { resources: { GPU: 2 } })
      .expect(['client: workers w1, w2', 'w2: run big']);
  });

  test('come back from a task that fails, is cancelled, or whose worker dies', () => {
    const scene = scenario()
      .client()
      .worker('w1', { resources: { GPU: 1 } })
      .map('f', 4, { resources: { GPU: 1 } });
    scene.ignore().throw('f[0]', 'boom').expect(['w1: run f[1]', 'client: failed f[0]: boom']);
    scene.cancel('f[1]').expect(['w1: stop f[1]', 'w1: run f[2]', 'client: failed f[1]: cancelled']);
    scene.die('w1').worker('w2', { resources: { GPU: 1 } });
    scene.expect(['client: workers none', 'client: workers w2', 'w2: run f[2] (attempt 1)']);
  });

  test('may be fractions', () => {
    const scene = scenario()
      .client()
      .worker('w1', { threads: 8, resources: { GPU: 1 } })
      .ignore();
    scene.map('f', 5, { resources: { GPU: 0.3 } }).expect(['w1: run f[0..2]']);
  });

  test('of which a task takes none need not be there', () => {
    workers([1])
      .submit('x', { resources: { GPU: 0 } })
      .expect(['w1: run x']);
  });
});

describe('a task that is bound to workers', () => {
  test('runs on those only', () => {
    workers([1, 1])
      .map('f', 2, { workers: ['w2'] })
      .expect(['w2: run f[0]', 'w2: run f[1]']);
  });

  test('waits for one of them, while others run', () => {
    workers([1])
      .submit('x', { workers: ['w2', 'w3'] })
      .expect([])
      .submit('y')
      .expect(['w1: run y'])
      .worker('w3')
      .expect(['client: workers w1, w3', 'w3: run x']);
  });
});

describe('data', () => {
  test('draws the tasks that need it', () => {
    workers([1, 1])
      .submit('big', { workers: ['w2'] })
      .finish('big', { bytes: 1e8 })
      .ignore()
      .submit('use', { after: ['big'] })
      .expect(['w2: retire big', 'w2: run use with big here']);
  });

  test('draws the tasks that need it, be it empty', () => {
    workers([1, 1])
      .submit('empty', { workers: ['w2'] })
      .finish('empty', { bytes: 0 })
      .ignore()
      .submit('use', { after: ['empty'] })
      .expect(['w2: retire empty', 'w2: run use with empty here']);
  });

  test('draws a task even to a worker that is busy for less time than the way takes', () => {
    workers([1, 1], 3_000)
      .submit('big', { workers: ['w2'] })
      .finish('big', { bytes: 1e8 })
      .map('f', 10, { fn: 'f', workers: ['w2'] })
      .ignore()
      .submit('use', { after: ['big'] })
      .expect(['w2: run use with big here']);
  });

  test('comes to the task where its worker is busy for longer', () => {
    workers([1, 1], 30_000)
      .submit('small', { workers: ['w2'] })
      .finish('small')
      .map('f', 2, { fn: 'f', workers: ['w2'] })
      .ignore()
      .submit('use', { after: ['small'] })
      .expect(['w1: workers w1, w2', 'w1: run use with small from w2']);
  });

  test('that several tasks made draws their consumer to the most of it', () => {
    workers([1, 1])
      .submit('a', { workers: ['w1'] })
      .submit('b', { workers: ['w2'] })
      .finish('a', { bytes: 1e5 })
      .finish('b', { bytes: 1e6 })
      .ignore()
      .submit('join', { after: ['a', 'b'] })
      .expect(['w2: workers w1, w2', 'w2: retire b', 'w2: run join with a from w1, b here']);
  });

  test('of which there are copies draws to any of them', () => {
    const scene = workers([1, 1, 1]).scatter('d', { broadcast: true, workers: ['w2', 'w3'], bytes: 1e8 });
    scene.bring('d', 'w2', 1e8).bring('d', 'w3', 1e8).ignore();
    const lines = runs(scene.map('f', 4, { shared: ['d'] }));
    expect([runsAt('w1', lines), runsAt('w2', lines), runsAt('w3', lines)]).toEqual([0, 2, 2]);
  });

  test('does not make a fan-out pile up on the worker that has it', () => {
    const scene = workers([1, 1, 1, 1]).submit('seed').finish('seed').ignore();
    const inputs = Array.from({ length: 32 }, () => ['seed']);
    const lines = runs(scene.each('leaf', inputs));
    expect(['w1', 'w2', 'w3', 'w4'].map((name) => runsAt(name, lines))).toEqual([8, 8, 8, 8]);
  });
});

describe('async tasks that share a thread', () => {
  test('are given out so many at a time, and made up to it when one is done', () => {
    const scene = workers([1], 500_000).map('f', 100, { fn: 'f', concurrency: 10 });
    scene.expect(['w1: run f[0..4]', 'w1: run f[5..9]']).finish('f[3..4]', { micros: 500_000 });
    scene.expect(['w1: run f[10..11]', 'client: done f[3..4] at w1']);
  });

  describe('on a worker that says how many', () => {
    const sharing = (concurrency: number) => {
      const scene = scenario().client().worker('w1', { concurrency });
      return scene.map('before', 2, { fn: 'f' }).finish('before', { micros: 500_000 }).wait(1_000).ignore();
    };
    const tasks = (scene: Scenario) => runs(scene).reduce((sum, line) => sum + tasksIn(line), 0);

    test('are so many, however long they take', () => {
      const scene = sharing(10).map('f', 100, { fn: 'f' });
      scene.expect(['w1: run f[0..4]', 'w1: run f[5..9]']).finish('f[3..4]', { micros: 500_000 });
      scene.expect(['w1: run f[10..11]', 'client: done f[3..4] at w1']);
    });

    test.each([1, 2, 20])('are %i when they say so themselves', (concurrency) => {
      expect(tasks(sharing(10).map('f', 100, { fn: 'f', concurrency }))).toBe(concurrency);
    });

    test('do not become more or fewer by tasks that came before and said something else', () => {
      const scene = sharing(10).map('said', 1, { fn: 'f', concurrency: 1 }).ignore();
      expect(tasks(scene.map('f', 100, { fn: 'f' }))).toBe(9);
    });
  });

  test('are shared out by what each worker says', () => {
    const scene = scenario().client().worker('w1', { concurrency: 6 }).worker('w2');
    scene.map('before', 2, { fn: 'f' }).finish('before', { micros: 500_000 }).wait(1_000).ignore();
    const lines = runs(scene.map('f', 100, { fn: 'f' }));
    const at = (worker: string) =>
      lines.filter((line) => line.startsWith(worker)).reduce((sum, line) => sum + tasksIn(line), 0);
    expect([at('w1'), at('w2')]).toEqual([6, 1]);
  });
});

describe('lanes', () => {
  test('are served by what was submitted first, so that a long map does not keep others waiting', () => {
    const scene = workers([1])
      .map('full', 8)
      .submit('bound', { workers: ['w1'] })
      .map('f', 100)
      .ignore();
    scene.finish('full[0]').expect(['w1: run bound', 'client: done full[0] at w1']);
    scene.finish('full[1]').expect(['w1: run f[0]', 'client: done full[1] at w1']);
  });

  test('are forgotten with the last batch in them', () => {
    const scene = workers([1]);
    for (let i = 0; i < 50; i++) scene.submit(`x${i}`, { priority: i }).finish(`x${i}`).release(`x${i}`);
    expect(scene.state.lanes.size).toBe(0);
  });
});

test('of forty workers each gets its share', () => {
  const names = Array.from({ length: 40 }, (_, i) => `w${i + 1}`);
  const lines = runs(workers(names.map(() => 1)).map('f', 400));
  for (const name of names) expect(runsAt(name, lines), name).toBeGreaterThan(5);
});
