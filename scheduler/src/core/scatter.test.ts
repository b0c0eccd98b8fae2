import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const twoWorkers = () => scenario().client().worker('w1').worker('w2').ignore();

describe('scattered data', () => {
  test('goes to the worker that holds least', () => {
    twoWorkers()
      .scatter('a', { bytes: 1_000 })
      .expect(['client: put a at w1'])
      .scatter('b', { bytes: 10 })
      .expect(['client: put b at w2'])
      .scatter('c', { count: 2, bytes: 10 })
      .expect(['client: put c[0], c[1] at w2']);
  });

  test('waits for a worker, where there is none', () => {
    scenario()
      .client()
      .scatter('a')
      .ignore()
      .worker('w1')
      .expect(['client: workers w1', 'client: put a at w1']);
  });

  test('waits for one of the workers that may hold it', () => {
    const scene = twoWorkers()
      .scatter('a', { workers: ['w3'] })
      .expect([]);
    expect(scene.explain('a')).toBe('a (task 1) waits for a worker that may hold it (only w3 may)');
    scene.worker('w3').expect(['client: workers w1, w2, w3', 'client: put a at w3']);
    expect(scene.explain('a')).toBe(
      'a (task 1) waits for its data, which the client is bringing to a worker',
    );
  });

  test('is done when it has come; what needs it starts', () => {
    twoWorkers()
      .scatter('a')
      .submit('x', { after: ['a'] })
      .ignore()
      .bring('a', 'w1')
      .expect(['w1: run x with a here', 'client: done a at w1']);
  });

  test('may have copies on all workers', () => {
    twoWorkers()
      .scatter('a', { broadcast: true })
      .expect(['client: put a at w1', 'client: put a at w2'])
      .bring('a', 'w2')
      .expect(['client: done a at w2'])
      .bring('a', 'w1')
      .expect([])
      .map('f', 2, { shared: ['a'] })
      .expect(['w1: run f[0] with a here', 'w2: run f[1] with a here']);
  });

  test('goes elsewhere when its worker dies before it came', () => {
    twoWorkers().scatter('a').ignore().die('w1').expect(['client: workers w2', 'client: put a at w2']);
  });

  test('is lost with the only worker that has it, which is said to all that need it', () => {
    const scene = twoWorkers()
      .scatter('a')
      .bring('a', 'w1')
      .submit('x', { after: ['a'] })
      .ignore();
    scene.die('w1').expect(['client: workers w2', 'client: undone a', 'client: failed a, x: data-lost']);
    expect(scene.faults[0]?.message).toContain('broadcast: true');
  });

  test('survives in its copies, one after the other', () => {
    const scene = twoWorkers().scatter('a', { broadcast: true }).bring('a', 'w1').bring('a', 'w2').ignore();
    scene.die('w1').expect(['client: workers w2']);
    scene.die('w2').expect(['client: workers none', 'client: undone a', 'client: failed a: data-lost']);
  });

  test('that nobody waits for any more is dropped when it comes', () => {
    twoWorkers().scatter('a').release('a').ignore().bring('a', 'w1').wait(1_000).expect(['w1: drop a']);
  });

  test('that nobody waits for any more is dropped when it comes, though its neighbours are awaited', () => {
    const scene = twoWorkers().scatter('a', { count: 2 }).release('a[0]').ignore();
    scene.bring('a[0]', 'w1').wait(1_000).expect(['w1: drop a[0]']);
  });

  test('that a task needs is brought though its future is released, and its client hears when it need not keep it', () => {
    twoWorkers()
      .scatter('a')
      .submit('x', { after: ['a'] })
      .ignore()
      .release('a')
      .expect([])
      .bring('a', 'w1')
      .expect(['w1: run x with a here', 'client: done a at w1'])
      .scatter('b')
      .ignore()
      .release('b')
      .expect(['client: failed b: cancelled']);
  });

  test('is dropped everywhere', () => {
    const scene = twoWorkers().scatter('a', { broadcast: true }).bring('a', 'w1').bring('a', 'w2').ignore();
    scene.release('a').wait(1_000).expect(['w1: drop a', 'w2: drop a']);
  });

  test('that is let go before all copies have come leaves no trace', () => {
    const scene = twoWorkers().scatter('a', { broadcast: true }).bring('a', 'w1').release('a').ignore();
    expect(scene.state.promises.size).toBe(0);
    scene.bring('a', 'w2').wait(1_000).expect(['w1: drop a', 'w2: drop a']).submit('x').die('w2').ignore();
    scene.worker('w3').expect(['client: workers w1, w3']);
  });

  test('that is let go, and lost before all copies have come, leaves no trace', () => {
    const scene = twoWorkers()
      .scatter('a', { broadcast: true })
      .submit('x', { after: ['a'], workers: ['w2'] })
      .bring('a', 'w1')
      .finish('x')
      .release('a')
      .die('w1')
      .release('x');
    expect(scene.state.promises.size).toBe(0);
  });

  test('may be cancelled while it is on its way', () => {
    const scene = twoWorkers()
      .scatter('a')
      .submit('x', { after: ['a'] })
      .ignore();
    scene.cancel('a');
    expect(scene.state.promises.size).toBe(0);
    scene.expect(['client: failed a, x: cancelled']).bring('a', 'w1').wait(1_000).expect(['w1: drop a']);
  });

  test('is counted where it is on its way to, and no more when it has come or is given up', () => {
    const scene = twoWorkers().scatter('a', { bytes: 50 }).scatter('b', { bytes: 60 });
    const promised = () => [...scene.state.workers.values()].map(({ promisedBytes }) => promisedBytes);
    expect(promised()).toEqual([50, 60]);
    scene.bring('a', 'w1', 50).release('b');
    expect(promised()).toEqual([0, 0]);
  });

  test('that a worker claims to have been brought, which never was scattered, is dropped', () => {
    twoWorkers().submit('x').ignore().bring('x', 'w2').wait(1_000).expect(['w2: drop x']);
  });
});
