import { describe, test } from 'vitest';
import { scenario } from '../testing/scenario.ts';

describe('threads that end', () => {
  test('the task that ran fails, the others run on a new thread', () => {
    const dead = scenario().measured('f', 100).run('a', { fn: 'f', count: 3 });
    dead
      .expect('thread 1 runs a[0..3)')
      .finish('a', 0)
      .expect('finished a[0]')
      .exited(1, dead.running('a', 1))
      .expect('start thread 2', 'erred a[1] threadDied')
      .started(2)
      .expect('thread 2 runs a[2]');
  });

  test('of tasks that shared a thread none is blamed: those that ran do so again, each alone, until one does it again', () => {
    const shared = scenario().measured('f', 4_000).run('a', { fn: 'f', count: 5, concurrency: 4 });
    shared.expect('thread 1 runs a[0..5)');
    const ended = shared.running('a', 0);
    shared
      .finish('a', 0)
      .expect('finished a[0]')
      .exited(1, shared.running('a', 1), shared.running('a', 3), ended)
      .expect(
        'start thread 2',
        'output of a[1]: a thread of worker w ended while 2 tasks shared it, which run again one by one: it fell over\n',
      )
      .started(2)
      .expect(
        'thread 2 runs a[1] alone',
        'thread 2 runs a[2]',
        'thread 2 runs a[3] alone',
        'thread 2 runs a[4]',
      )
      .finish('a', 1)
      .finish('a', 2)
      .ignore()
      .exited(2, shared.running('a', 3))
      .expect('start thread 3', 'erred a[3] threadDied')
      .started(3)
      .expect('thread 3 runs a[4]');
  });

  test('a task that still waited for its imports is not to blame, unless threads die each time', () => {
    const waiting = scenario().run('a');
    const importing = () => ({ ...waiting.running('a', 0), isImporting: true as const });
    waiting
      .expect('thread 1 runs a[0]')
      .exited(1, importing())
      .expect('start thread 2')
      .started(2)
      .expect('thread 2 runs a[0]');
    waiting.exited(2, importing()).started(3).ignore();
    waiting.exited(3, importing()).expect('start thread 4', 'erred a[0] threadDied');
  });

  test('what followed the task that died is handed back', () => {
    const dead = scenario().measured('f', 100);
    dead
      .run('a', { fn: 'f' })
      .run('b', { fn: 'f', needs: [{ of: 'a' }] })
      .take();
    dead
      .exited(1, dead.running('a', 0))
      .expect('start thread 2', 'erred a[0] threadDied', 'b[0] lacks a[0] of here');
  });

  test('a task that takes too long ends with its thread', () => {
    const slow = scenario().run('a', { timeoutMs: 50 }).run('b');
    slow
      .expect('thread 1 runs a[0]')
      .tick(1, slow.running('a', 0, 49))
      .expect()
      .tick(1, slow.running('a', 0, 51))
      .expect('terminate thread 1')
      .exited(1)
      .expect('start thread 2', 'erred a[0] timedOut')
      .started(2)
      .expect('thread 2 runs b[0]');
  });

  test('what queues behind a task that turns out to be long goes to an idle thread', () => {
    const long = scenario({ threads: 2 }).measured('f', 10).run('a', { fn: 'f', count: 10 });
    long
      .expect('thread 1 runs a[0..10)')
      .tick(1, long.running('a', 0, 20))
      .expect('withdraw from thread 1')
      .withdrawn(1, 1 + 1, long.running('a', 0, 20))
      .expect('thread 2 runs a[1..10)');
  });

  test('what a thread had each time it died of nobody knows what is to blame at last', () => {
    const cursed = scenario().measured('f', 100).run('a', { fn: 'f', count: 2 });
    cursed.exited(1).started(2).exited(2).started(3).take();
    cursed
      .exited(3)
      .expect('start thread 4', 'erred a[0] threadDied')
      .started(4)
      .expect('thread 4 runs a[1]');
  });

  test('a thread that does not start is tried again, and none in a row is the end of the worker', () => {
    const broken = scenario().run('a').ignore();
    broken.exited(1, broken.running('a', 0)).expect('start thread 2', 'erred a[0] threadDied');
    broken.exited(2).expect('start thread 3');
    broken.exited(3).expect('start thread 4');
    broken.started(4).exited(4).expect('start thread 5');
    broken.exited(5).exited(6).ignore();
    broken
      .exited(7)
      .expect('give up: its threads do not start: it fell over; give it more memory, or fewer threads');
  });

  test('a thread that ends while nothing runs says so to whom ran there last', () => {
    scenario()
      .run('a', { fn: 'f' })
      .finish('a', 0)
      .ignore()
      .exited(1)
      .expect(
        'start thread 2',
        'output of a[0]: a thread of worker w ended while no task ran, perhaps of what this task had left behind: it fell over\n',
      )
      .started(2)
      .exited(2)
      .expect('start thread 3');
  });
});
