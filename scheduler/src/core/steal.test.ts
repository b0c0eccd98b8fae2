import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';
import { stillRunning } from './overdue.ts';

describe('work that was fed too deep', () => {
  test('goes to a worker that comes later: half of it', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 6)
      .ignore()
      .worker('w2')
      .expect(['client: workers w1, w2', 'w1: take back f[5], f[4], f[3]'])
      .handBack('w1', 'f[3..5]')
      .expect(['w2: run f[3]', 'w2: run f[4]', 'w2: run f[5]']);
  });

  test('is not asked for twice', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 6)
      .worker('w2')
      .ignore()
      .worker('w3')
      .expect(['client: workers w1, w2, w3'])
      .heartbeat('w1')
      .expect([]);
  });

  test('that has been started since stays; the worker is asked again when something has changed', () => {
    const scene = scenario().client().worker('w1').map('f', 4).worker('w2').ignore().handBack('w1');
    scene.expect([]).heartbeat('w1').expect([]);
    scene.finish('f[0]').expect(['w1: take back f[3]', 'client: done f[0] at w1']).handBack('w1').expect([]);
    scene.wait(1_000).expect(['w1: take back f[3]']);
  });

  test('is left where it is while it is done before it would have moved', () => {
    scenario().client().worker('w1').map('f', 2).ignore().worker('w2').expect(['client: workers w1, w2']);
  });

  test('goes elsewhere when what is before it takes longer than was thought', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 2)
      .worker('w2')
      .ignore()
      .heartbeat('w1', { 'f[0]': 5_000 })
      .expect(['w1: take back f[1]'])
      .handBack('w1', 'f[1]')
      .expect(['w2: run f[1]']);
  });

  test('is not judged by what was said of an earlier run', () => {
    const scene = scenario().client().worker('w1').map('f', 6).worker('w2').handBack('w1', 'f[3..5]');
    const [w1, w2] = [...scene.state.workers.values()];
    const before = w2!.assignedMicros;
    const batch = [...scene.state.batchById.keys()][0]!;
    const run = scene.state.pieces.run[w2!.assignedHead]!;
    stillRunning(scene.state, w1!, [[batch, 3, run, 5_000]]);
    stillRunning(scene.state, w2!, [[batch, 3, run - 1, 5_000]]);
    expect(w2!.assignedMicros).toBe(before);
    stillRunning(scene.state, w2!, [[batch, 3, run, 5_000]]);
    expect(w2!.assignedMicros).toBe(before - 1_000 + 5_000_000);
  });

  test('is never asked for in the step in which it was given', () => {
    const scene = scenario().client();
    for (let i = 1; i <= 12; i++) scene.worker(`w${i}`);
    scene.map('before', 12, { fn: 'f' }).finish('before', { micros: 3_000 });
    for (let i = 0; i < 30; i++) {
      // So that the same workers are looked at each time, and others stay idle.
      scene.state.nextRun = 12 * (i + 10);
      const lines = scene.ignore().submit(`x${i}`, { fn: 'f' }).lines();
      for (const line of lines.filter((each) => each.includes('take back')))
        expect(lines.filter((each) => each.includes(': run '))).not.toContain(
          line.replace('take back', 'run'),
        );
    }
  });

  test('does not go to a worker that may not run it', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 6, { workers: ['w1'] })
      .ignore()
      .worker('w2')
      .expect(['client: workers w1, w2']);
  });

  test('goes from another worker, where that of the busiest may not', () => {
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .map('bound', 8, { workers: ['w1'] })
      .map('free', 4, { workers: ['w2', 'w3'] })
      .ignore()
      .worker('w3')
      .expect(['client: workers w1, w2, w3', 'w2: take back free[3], free[2]']);
  });

  test('stays with its data, where bringing that elsewhere takes longer', () => {
    const scene = scenario().client().worker('w1').submit('big').finish('big', { bytes: 1e8 });
    scene
      .each(
        'f',
        Array.from({ length: 8 }, () => ['big']),
      )
      .ignore();
    scene.worker('w2').expect(['client: workers w1, w2']);
  });

  test('goes elsewhere in spite of its data when it would wait longer for its turn', () => {
    const scene = scenario().client().worker('w1').submit('big').finish('big', { bytes: 1e8 });
    scene
      .each(
        'f',
        Array.from({ length: 8 }, () => ['big']),
      )
      .worker('w2')
      .ignore();
    scene.heartbeat('w1', { 'f[0]': 103 }).expect(['w1: take back f[7], f[6], f[5], f[4], f[3]']);
  });
});

describe('a chain', () => {
  const chain = () => scenario().client().worker('w1').worker('w2').ignore().chain('link', 10).ignore();

  test('is not torn from the worker that runs it', () => {
    chain().heartbeat('w1', { 'link[0]': 5_000 }).expect([]);
  });

  test('moves as a whole when another runs before it', () => {
    const scene = scenario().client().worker('w1').ignore();
    scene.together((s) => s.chain('a', 3).chain('b', 3)).ignore();
    scene.worker('w2').expect(['client: workers w1, w2', 'w1: take back b[0]']);
    scene
      .handBack('w1', 'b[0]', 'b[1]', 'b[2]')
      .expect(['w2: run b[0]', 'w2: run b[1] with b[0] here', 'w2: run b[2] with b[1] here']);
  });
});
