import { Limits } from '@taskloom/protocol';
import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const oneWorker = (config = {}) => scenario(config).client().worker('w1').ignore();
const small = { inline: true };

describe('the value of a task', () => {
  test('that was wanted goes on at once when it rides along', () => {
    oneWorker()
      .submit('x')
      .want('x')
      .ignore()
      .finish('x', small)
      .expect(['client: done x at w1', 'client: results x']);
  });

  test('that is wanted later is kept until then', () => {
    oneWorker().submit('x').finish('x', small).ignore().want('x').expect(['client: results x']);
  });

  test('that did not ride along is fetched, once', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .ignore()
      .want('x')
      .expect(['w1: fetch x'])
      .want('x')
      .expect([])
      .send('x', { on: 'w1' })
      .expect(['client: results x']);
  });

  test('that is large is fetched by the client', () => {
    oneWorker()
      .submit('x')
      .want('x')
      .ignore()
      .finish('x', { bytes: 100_000 })
      .expect(['client: done x at w1', 'client: located x at w1']);
  });

  test('that is not wanted is not sent', () => {
    oneWorker().submit('x').ignore().finish('x', small).expect(['client: done x at w1']);
  });

  test('may be wanted again', () => {
    oneWorker().submit('x').want('x').finish('x', small).ignore().want('x').expect(['w1: fetch x']);
  });

  test('that its worker does not find is computed again', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .want('x')
      .ignore()
      .send('x', { on: 'w1', empty: true })
      .expect(['w1: drop x', 'w1: retire x', 'w1: run x', 'client: undone x'])
      .finish('x', small)
      .expect(['client: done x at w1', 'client: results x']);
  });

  test('is fetched from a copy when its worker dies before it answered', () => {
    const scene = oneWorker()
      .worker('w2')
      .scatter('d', { broadcast: true })
      .bring('d', 'w1')
      .bring('d', 'w2');
    scene.want('d').ignore().die('w1').expect(['client: workers w2', 'w2: fetch d']);
  });

  test('of a task whose worker dies before it answered is computed again', () => {
    oneWorker()
      .submit('x')
      .finish('x')
      .want('x')
      .worker('w2')
      .ignore()
      .die('w1')
      .expect(['client: workers w2', 'w2: run x', 'client: undone x'])
      .finish('x', small)
      .expect(['client: done x at w2', 'client: results x']);
  });

  test('that nobody holds any more when it comes goes nowhere', () => {
    oneWorker().submit('x').finish('x').want('x').release('x').ignore().send('x', { on: 'w1' }).expect([]);
  });

  test('comes once, in the block in which it was made, when some of the tasks in it are wanted one by one', () => {
    const scene = oneWorker().map('f', 5, { concurrency: 5 }).finish('f', small).ignore();
    scene.want('f[0]', 'f[2]', 'f[4]').expect(['client: results f[0..4]']);
  });

  test('comes in the block in which it was made, for all that it covers', () => {
    const scene = oneWorker().map('f', 3, { concurrency: 3 }).want('f[1]').ignore();
    scene.finish('f', small).expect(['client: done f[0], f[1], f[2] at w1', 'client: results f[0..2]']);
    scene.want('f[2]').expect(['w1: fetch f[2]']);
  });
});

describe('values that are kept in case they are wanted', () => {
  test('are as many as there is memory for: the oldest go', () => {
    const scene = oneWorker({ cacheBytes: 20 });
    for (const name of ['a', 'b', 'c']) scene.submit(name).finish(name, small);
    expect(scene.state.cachedBytes).toBe(16);
    scene.ignore().want('a', 'b', 'c').expect(['w1: fetch a', 'client: results b, c']);
  });

  test('are counted once, however many tasks share a block', () => {
    const scene = oneWorker().map('f', 3, { concurrency: 3 }).credit(false).want('f[1]').finish('f', small);
    expect([scene.state.cache.size, scene.state.cachedBytes]).toEqual([3, 24]);
    scene.release('f[0..1]');
    expect(scene.state.cachedBytes).toBe(24);
    scene.release('f[2]');
    expect(scene.state.cachedBytes).toBe(0);
  });

  test('are forgotten with their task', () => {
    const scene = oneWorker().submit('a').finish('a', small).release('a');
    expect(scene.state.cachedBytes).toBe(0);
  });

  test('are sent once, and not kept', () => {
    const scene = oneWorker().submit('a').finish('a', small).want('a');
    expect(scene.state.cachedBytes).toBe(0);
  });

  test('are counted right when their task is run again', () => {
    const scene = oneWorker().worker('w2').submit('a').finish('a', small).die('w1').finish('a', small);
    expect(scene.state.cachedBytes).toBe(8);
  });
});

describe('a client that stops reading', () => {
  test('hears that tasks are done, and gets their values when it reads again', () => {
    const scene = oneWorker().credit(false).map('f', 2).want('f').ignore();
    scene.finish('f', small).expect(['client: done f[0], f[1] at w1']);
    scene.credit(true).expect(['client: results f[0], f[1]']);
  });

  test('does not keep others from theirs', () => {
    const scene = scenario().client('ann').client('bob').worker('w1').credit(false, 'ann').ignore();
    scene.submit('x', { by: 'ann' }).submit('y', { by: 'bob' }).want('x').want('y').ignore();
    scene.finishAll('w1', small).expect(['ann: done x at w1', 'bob: done y at w1', 'bob: results y']);
    scene.credit(true, 'ann').expect(['ann: results x']);
  });

  test('gets what was fetched meanwhile, fetched again', () => {
    const scene = oneWorker().submit('x').finish('x').want('x').credit(false).ignore();
    scene.send('x', { on: 'w1' }).expect([]).credit(true).expect(['w1: fetch x']);
    scene.send('x', { on: 'w1' }).expect(['client: results x']);
  });

  test('has no more fetched for it at a time than it has credit for', () => {
    const scene = oneWorker();
    const names = Array.from({ length: 200 }, (_, i) => `x${i}`);
    for (const name of names) scene.submit(name).finish(name, { bytes: 60_000 });
    const fetches = () =>
      scene.lines().flatMap((line) => (line.startsWith('w1: fetch') ? line.slice(10).split(', ') : []));
    scene.ignore().want(...names);
    let asked = fetches();
    expect(asked.length).toBe(Math.ceil(Limits.creditBytes / 60_000));
    const all = new Set(asked);
    for (let name = asked.shift(); name; name = asked.shift()) {
      scene.send(name, { on: 'w1' });
      for (const more of fetches()) {
        expect(all).not.toContain(more);
        all.add(more);
        asked = [...asked, more];
      }
    }
    expect(all.size).toBe(200);
  });

  test('gets the rest when the worker dies that was asked for the first', () => {
    const scene = oneWorker().worker('w2');
    for (let i = 0; i < 200; i++) {
      const on = i < 150 ? 'w1' : 'w2';
      scene
        .submit(`x${i}`, { workers: [on] })
        .finish(`x${i}`, { bytes: 60_000 })
        .want(`x${i}`);
    }
    scene.ignore().die('w1');
    expect(scene.lines().filter((line) => line.startsWith('w2: fetch'))[0]).toContain('x199');
  });

  test('gets nothing that it let go meanwhile', () => {
    const scene = oneWorker().credit(false).map('f', 2).want('f').finish('f', small).release('f[0]').ignore();
    scene.credit(true).expect(['client: results f[1]']);
  });

  test('and leaves is forgotten', () => {
    const scene = oneWorker().credit(false).map('f', 2).want('f').finish('f', small).leave();
    expect(scene.state.cachedBytes).toBe(0);
    expect(scene.state.clients.size).toBe(0);
  });
});
