import { describe, expect, test } from 'vitest';
import { scenario } from '../testing/scenario.ts';
import { blockAt } from './index.ts';

describe('feeding threads', () => {
  test('of a function never measured a thread gets one task', () => {
    scenario({ threads: 2 }).run('a', { count: 10 }).expect('thread 1 runs a[0]', 'thread 2 runs a[1]');
  });

  test('once it is measured, a thread gets sixteen milliseconds of it, in two orders', () => {
    scenario()
      .run('a', { count: 1_000 })
      .expect('thread 1 runs a[0]')
      .finish('a', 0, 1, { micros: 80 })
      .expect('thread 1 runs a[1..101)', 'thread 1 runs a[101..201)', 'finished a[0]');
  });

  test('the shortest tasks go by thousands, split between idle threads', () => {
    scenario({ threads: 2 })
      .measured('f', 0.1)
      .run('a', { fn: 'f', count: 6_000 })
      .expect('thread 1 runs a[0..3000)', 'thread 2 runs a[3000..6000)');
  });

  test('long tasks do not queue behind each other', () => {
    scenario({ threads: 2 })
      .measured('f', 40_000)
      .run('a', { fn: 'f', count: 9 })
      .expect('thread 1 runs a[0]', 'thread 2 runs a[1]')
      .finish('a', 1, 1, { micros: 40_000 })
      .expect('thread 2 runs a[2]', 'finished a[1]');
  });

  test('a thread that has work is not fed scraps', () => {
    scenario()
      .measured('f', 800)
      .run('a', { fn: 'f', count: 100 })
      .expect('thread 1 runs a[0..10)', 'thread 1 runs a[10..20)')
      .finish('a', 0, 2, { micros: 1_600 })
      .expect('finished a[0..2)')
      .finish('a', 2, 8, { micros: 6_400 })
      .expect('thread 1 runs a[20..30)', 'finished a[2..10)');
  });

  test('tasks that may share a thread go there together', () => {
    scenario({ threads: 2 })
      .measured('f', 50_000)
      .run('a', { fn: 'f', count: 20, concurrency: 4 })
      .expect('thread 1 runs a[0..4)', 'thread 2 runs a[4..8)')
      .finish('a', 1, 1, { micros: 50_000 })
      .expect('thread 1 runs a[8]', 'finished a[1]');
  });

  test('what was sent first runs first', () => {
    scenario()
      .run('a')
      .run('b')
      .run('c')
      .expect('thread 1 runs a[0]')
      .finish('a', 0)
      .expect('thread 1 runs b[0]', 'finished a[0]')
      .finish('b', 0)
      .expect('thread 1 runs c[0]', 'finished b[0]');
  });
});

describe('running ahead', () => {
  test('a chain of a measured function goes to one thread as a whole', () => {
    scenario({ threads: 2 })
      .measured('f', 5)
      .run('a', { fn: 'f' })
      .run('b', { fn: 'f', needs: [{ of: 'a' }] })
      .run('c', { fn: 'f', needs: [{ of: 'b' }] })
      .expect(
        'thread 1 runs a[0]',
        'thread 1 runs b[0] behind its input',
        'thread 1 runs c[0] behind its input',
      );
  });

  test('what needs the work of two threads waits for both', () => {
    scenario({ threads: 2 })
      .measured('f', 3_000)
      .run('a', { fn: 'f', count: 2 })
      .run('b', { fn: 'f', needs: [{ of: 'a', count: 2 }] })
      .expect('thread 1 runs a[0]', 'thread 2 runs a[1]')
      .finish('a', 0, 1, { micros: 3_000 })
      .expect('finished a[0]')
      .finish('a', 1, 1, { micros: 3_000 })
      .expect('thread 1 runs b[0]', 'finished a[1]');
  });

  test('a failed input hands back what waits for it, and what waits for that', () => {
    scenario()
      .run('a')
      .run('b', { needs: [{ of: 'a' }] })
      .run('c', { needs: [{ of: 'b' }] })
      .expect('thread 1 runs a[0]')
      .fail('a', 0)
      .expect('erred a[0] threw', 'b[0] lacks a[0] of here', 'c[0] lacks b[0] of here');
  });

  test('what ran ahead on the thread of a failed input is handed back when the thread says so', () => {
    scenario()
      .measured('f', 1)
      .run('a', { fn: 'f' })
      .run('b', { fn: 'f', needs: [{ of: 'a' }] })
      .expect('thread 1 runs a[0]', 'thread 1 runs b[0] behind its input')
      .fail('a', 0)
      .expect('erred a[0] threw')
      .lack('b', 0)
      .expect('b[0] lacks a[0] of here');
  });

  test('what may share a thread waits for its input, beside which it would run', () => {
    scenario()
      .measured('f', 1)
      .run('a', { fn: 'f', concurrency: 4 })
      .run('b', { fn: 'f', concurrency: 4, needs: [{ of: 'a' }] })
      .expect('thread 1 runs a[0]')
      .finish('a', 0)
      .expect('thread 1 runs b[0]', 'finished a[0]');
  });

  test('a task that lacked its input runs again when that is here after all', () => {
    scenario()
      .measured('f', 1)
      .run('a', { fn: 'f' })
      .run('b', { fn: 'f', needs: [{ of: 'a' }] })
      .finish('a', 0)
      .ignore()
      .lack('b', 0)
      .expect('thread 1 runs b[0]');
  });

  test('an input that is neither here nor made here is missing at once', () => {
    scenario()
      .run('b', { needs: [{ of: 'a' }] })
      .expect('b[0] lacks a[0] of here');
  });
});

describe('fetching', () => {
  test('an input held elsewhere is fetched once, whoever needs it', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', at: 7 }] })
      .run('c', { needs: [{ of: 'a', at: 8 }] })
      .expect('fetch a[0] from 7')
      .fetched('a', 0)
      .expect('thread 1 runs b[0]')
      .finish('b', 0)
      .expect('thread 1 runs c[0]', 'finished b[0]');
  });

  test('a range is fetched block by block', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', count: 10, at: 7 }] })
      .expect('fetch a[0] from 7')
      .fetched('a', 0, { first: 0, count: 6 })
      .expect('fetch a[6] from 7')
      .fetched('a', 6, { first: 6, count: 20 })
      .expect('thread 1 runs b[0]');
  });

  test('a few are fetched at once, the others when one has come', () => {
    const eleven = scenario();
    for (let i = 0; i < 11; i++) eleven.run('b', { first: i, needs: [{ of: 'a', index: i * 2, at: 7 }] });
    const asked = (indices: number[]) => indices.map((index) => `fetch a[${index}] from 7`);
    eleven.expect(...asked([0, 2, 4, 6, 8, 10, 12, 14]));
    eleven.fetchFailed('a', 4).expect('fetch a[16] from 7', 'b[2] lacks a[4] of 7');
  });

  test('what nobody waits for any more is not fetched', () => {
    const nine = scenario();
    for (let i = 0; i < 9; i++) nine.run('b', { first: i, needs: [{ of: 'a', index: i * 2, at: 7 }] });
    nine.take();
    nine.takeBack('b', 8, 1).expect('handed back b[8]').fetched('a', 0).expect('thread 1 runs b[0]');
  });

  test('copies make room for newer ones, but stay while a task counts on them', () => {
    scenario({ copyBytes: 100 })
      .run('x')
      .run('b', { needs: [{ of: 'a', at: 7 }] })
      .expect('thread 1 runs x[0]', 'fetch a[0] from 7')
      .fetched('a', 0, { bytes: 90 })
      .run('c', { needs: [{ of: 'a', index: 5, at: 7 }] })
      .fetched('a', 5, { bytes: 90 })
      .expect('fetch a[5] from 7')
      .finish('x', 0)
      .expect('thread 1 runs b[0]', 'forget 1', 'finished x[0]')
      .run('d', { needs: [{ of: 'a', at: 7 }] })
      .expect('fetch a[0] from 7');
  });
});

describe('a task whose result is here', () => {
  test('as a copy of one that is lost is made anew, and who counted on the copy waits for it', () => {
    const s = scenario()
      .run('c')
      .run('b', {
        needs: [
          { of: 'a', at: 7 },
          { of: 'd', at: 7 },
        ],
      })
      .run('e', { needs: [{ of: 'a', at: 7 }] })
      .fetched('a', 0)
      .ignore()
      .run('a')
      .finish('c', 0)
      .expect('forget 1', 'thread 1 runs a[0]', 'finished c[0]')
      .finish('a', 0)
      .expect('thread 1 runs e[0]', 'finished a[0]');
    expect(s.state.storeBytes).toBe(16);
    s.fetched('d', 0).finish('e', 0).expect('thread 1 runs b[0]', 'finished e[0]');
  });
});

describe('handing back and stopping', () => {
  test('what no thread has is handed back at once', () => {
    scenario()
      .run('a', { count: 10 })
      .expect('thread 1 runs a[0]')
      .takeBack('a', 6, 4)
      .expect('handed back a[6..10)')
      .takeBack('a', 3, 2)
      .expect('handed back a[3..5)');
  });

  test('what a thread has is asked of it first', () => {
    scenario()
      .measured('f', 800)
      .run('a', { fn: 'f', count: 20 })
      .expect('thread 1 runs a[0..10)', 'thread 1 runs a[10..20)')
      .takeBack('a', 0, 20)
      .expect('withdraw from thread 1')
      .withdrawn(1, 1 + 12)
      .expect('handed back a[12..20)');
  });

  test('what one thread had not begun is given to none while another is asked', () => {
    scenario({ threads: 2 })
      .measured('f', 40_000)
      .run('a', { fn: 'f', count: 2 })
      .expect('thread 1 runs a[0]', 'thread 2 runs a[1]')
      .stop('a', 0, 2)
      .expect('withdraw from thread 1', 'withdraw from thread 2')
      .withdrawn(1, 1)
      .withdrawn(2, 0)
      .expect();
  });

  test('a thread is fed again once it has answered', () => {
    scenario()
      .measured('f', 800)
      .run('a', { fn: 'f', count: 12 })
      .run('b', { fn: 'f' })
      .expect('thread 1 runs a[0..10)', 'thread 1 runs a[10..12)', 'thread 1 runs b[0]')
      .takeBack('a', 10, 2)
      .expect('withdraw from thread 1')
      .withdrawn(1, 1 + 3)
      .expect('thread 1 runs a[3..10)', 'thread 1 runs b[0]', 'handed back a[10..12)');
  });

  test('the answer comes also when there is nothing to give', () => {
    scenario().run('a').take();
    scenario().run('a').takeBack('a', 4, 2).expect('thread 1 runs a[0]', 'handed-back nothing');
  });

  test('a task given back takes along what ran ahead of it', () => {
    scenario()
      .run('x')
      .run('a')
      .run('b', { needs: [{ of: 'a' }] })
      .run('c', { needs: [{ of: 'b' }] })
      .expect('thread 1 runs x[0]')
      .takeBack('a', 0, 1)
      .expect('handed back a[0]', 'handed back b[0]', 'handed back c[0]');
  });

  test('news of another run is left alone', () => {
    const other = scenario().run('x').run('a', { run: 5 });
    other.take();
    other.happen({
      on: 'take-back',
      now: 0,
      message: {
        op: 'take-back',
        batch: Uint32Array.of(other.number('a')),
        first: Uint32Array.of(0),
        count: Uint32Array.of(1),
        run: Uint32Array.of(4),
        sections: [],
      },
    });
    other.expect('handed-back nothing');
  });

  test('stopping what runs ends its thread, and what else was there runs on the next', () => {
    const stopped = scenario().measured('f', 100).run('a', { fn: 'f', count: 3 });
    stopped
      .expect('thread 1 runs a[0..3)')
      .stop('a', 1, 1)
      .expect('withdraw from thread 1')
      .withdrawn(1, 1 + 2, stopped.running('a', 1))
      .expect('terminate thread 1')
      .exited(1)
      .expect('start thread 2')
      .started(2)
      .expect('thread 2 runs a[0]', 'thread 2 runs a[2]');
  });

  test('what was stopped, done already and not told of, is not run again when its thread ends', () => {
    const stopped = scenario().measured('f', 100).run('a', { fn: 'f', count: 3 });
    stopped
      .ignore()
      .stop('a', 0, 3)
      .withdrawn(1, 1 + 2, stopped.running('a', 1))
      .retire('a')
      .expect('withdraw from thread 1', 'terminate thread 1')
      .exited(1)
      .expect('start thread 2')
      .started(2)
      .expect();
  });

  test('what was stopped and turns out to lack an input is not run again', () => {
    const stopped = scenario().measured('f', 100).run('a', { fn: 'f', count: 2 });
    stopped
      .run('b', { fn: 'f', needs: [{ of: 'a' }] })
      .ignore()
      .stop('b', 0, 1)
      .withdrawn(1, 1 + 3)
      .retire('b')
      .expect('withdraw from thread 1')
      .finish('a', 0, 2)
      .ignore()
      .lack('b', 0)
      .expect();
  });

  test('stopping what waits is silent', () => {
    scenario()
      .run('x')
      .run('a')
      .expect('thread 1 runs x[0]')
      .stop('a', 0, 1)
      .expect()
      .finish('x', 0)
      .expect('finished x[0]');
  });
});

describe('results', () => {
  test('small ones ride along while the scheduler has room, large ones stay', () => {
    scenario()
      .measured('f', 1)
      .run('a', { fn: 'f', count: 3 })
      .expect('thread 1 runs a[0..3)')
      .finish('a', 0, 1, { bytes: 64 * 1024 })
      .expect('finished a[0]')
      .finish('a', 1, 1, { bytes: 64 * 1024 + 1 })
      .expect('finished a[1] kept here')
      .finish('a', 2, 1, { bytes: 10, credit: false })
      .expect('finished a[2] kept here');
  });

  test('a block is given whole, and what is not here is said to be not here', () => {
    scenario()
      .measured('f', 1)
      .run('a', { fn: 'f', count: 3 })
      .finish('a', 0, 3, { bytes: 30 })
      .expect('thread 1 runs a[0..3)', 'finished a[0..3)')
      .fetch('a', 1, 4)
      .expect('data a[0..3) 30 bytes', 'data a[3..5) 0 bytes');
  });

  test('a block counts until its last result is dropped', () => {
    const kept = scenario().measured('f', 1).run('a', { fn: 'f', count: 3 }).finish('a', 0, 3, { bytes: 30 });
    kept.take();
    kept.drop('a', 0, 2).expect();
    expect(kept.state.storeBytes).toBe(30);
    kept.drop('a', 2, 1).expect('forget 1');
    expect(kept.state.storeBytes).toBe(0);
  });

  test('scattered data is told as finished and can be needed', () => {
    scenario()
      .put('a', 4)
      .expect('finished a[4] kept here')
      .run('b', { needs: [{ of: 'a', index: 4 }] })
      .expect('thread 1 runs b[0]');
  });

  test('what is dropped while a task counts on it hands the task back', () => {
    scenario()
      .put('a', 0)
      .run('b', { needs: [{ of: 'a' }, { of: 'c', at: 7 }] })
      .expect('finished a[0] kept here', 'fetch c[0] from 7')
      .drop('a', 0, 1)
      .expect('forget 1', 'b[0] lacks a[0] of here');
  });
});

test('nothing is remembered of a batch of which nothing is here and nobody waits', () => {
  const s = scenario()
    .run('a')
    .run('b', { needs: [{ of: 'a' }, { of: 'c', at: 7 }] })
    .fetchFailed('c', 0)
    .run('d', { needs: [{ of: 'e' }] })
    .fetch('f', 0, 1)
    .stop('g', 0, 1)
    .finish('a', 0)
    .drop('a', 0, 1);
  expect([...s.state.results.keys()]).toEqual([]);
});

describe('results of a worker that is to leave', () => {
  test('are fetched from it and kept', () => {
    scenario()
      .keep('a', 0, 3, 7)
      .expect('fetch a[0] from 7')
      .fetched('a', 0, { count: 3 })
      .expect('finished a[0..3) kept here');
  });

  test('come block by block', () => {
    scenario()
      .keep('a', 0, 2, 7)
      .ignore()
      .fetched('a', 0)
      .expect('fetch a[1] from 7', 'finished a[0] kept here')
      .fetched('a', 1)
      .expect('finished a[1] kept here');
  });

  test('stay, where copies go that are only kept in case', () => {
    const scene = scenario({ copyBytes: 10 }).keep('a', 0, 1, 7).fetched('a', 0, { bytes: 8 });
    for (const [task, input] of [
      ['b', 'c'],
      ['d', 'e'],
      ['f', 'g'],
    ] as const) {
      scene
        .run(task, { needs: [{ of: input, at: 7 }] })
        .fetched(input, 0, { bytes: 8 })
        .finish(task, 0);
      scene.drop(task, 0, 1);
    }
    const isHere = (name: string) => blockAt(scene.state, scene.number(name), 0) !== undefined;
    expect(['a', 'c', 'e', 'g'].filter(isHere)).toEqual(['a', 'g']);
  });

  test('that are here as copies are kept from now on', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', at: 7 }] })
      .fetched('a', 0)
      .ignore()
      .keep('a', 0, 1, 7)
      .expect('finished a[0] kept here');
  });

  test('that are under way for a task are not asked for twice', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', at: 7 }] })
      .expect('fetch a[0] from 7')
      .keep('a', 0, 1, 7)
      .expect()
      .fetched('a', 0)
      .expect('thread 1 runs b[0]', 'finished a[0] kept here');
  });

  test('that come along with others are kept, and asked for no more', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', at: 7 }] })
      .keep('a', 1, 1, 7)
      .expect('fetch a[0] from 7', 'fetch a[1] from 7')
      .fetched('a', 0, { first: 0, count: 2 })
      .expect('thread 1 runs b[0]', 'finished a[0..2) kept here')
      .fetched('a', 1, { first: 0, count: 2 })
      .expect();
  });

  test('that are under way from elsewhere, in vain, are fetched from it', () => {
    scenario()
      .run('b', { needs: [{ of: 'a', at: 6 }] })
      .keep('a', 0, 1, 7)
      .expect('fetch a[0] from 6')
      .fetchFailed('a', 0)
      .expect('fetch a[0] from 7')
      .fetched('a', 0)
      .expect('thread 1 runs b[0]', 'finished a[0] kept here');
  });

  test('that cannot be had are told as missing, and no task', () => {
    scenario().keep('a', 0, 1, 7).ignore().fetchFailed('a', 0).expect('a[0] lacks a[0] of 7');
  });
});

describe('leaving', () => {
  test('a worker leaves when nothing is left to do', () => {
    scenario()
      .run('a')
      .happen({ on: 'leave', now: 0 })
      .expect('thread 1 runs a[0]')
      .finish('a', 0)
      .expect('finished a[0]', 'leave');
  });
});
