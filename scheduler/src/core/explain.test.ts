import { expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

const oneWorker = () => scenario().client().worker('w1').ignore();

test('a task that was never submitted, or is released', () => {
  const scene = oneWorker().submit('x').release('x');
  expect(scene.explain('x')).toBe('task 1 is not known here: it was released, or never submitted');
});

test('a task that waits for its inputs: for which', () => {
  const scene = oneWorker()
    .worker('w2')
    .submit('a', { workers: ['w1'] })
    .submit('b', { workers: ['w2'] });
  scene.submit('c', { after: ['a', 'b'] });
  expect(scene.explain('c')).toBe('c (task 3) waits for 2 inputs: a (task 1), b (task 2)');
  scene.finish('a');
  expect(scene.explain('c')).toBe('c (task 3) waits for 1 input: b (task 2)');
});

test('a task that waits for more than a sentence can hold', () => {
  const scene = oneWorker();
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) scene.submit(name, { workers: ['nobody'] });
  scene.submit('f', { after: names });
  expect(scene.explain('f')).toBe('f (task 6) waits for 5 inputs: a (task 1), b (task 2), c (task 3), ...');
});

test('a task of a map over what is not finished, or that shares it', () => {
  const scene = oneWorker()
    .map('f', 3)
    .map('g', 3, { over: 'f' })
    .finish('f[0]')
    .map('h', 2, { shared: ['f[2]'] });
  expect(scene.explain('g[2]')).toBe('g (task 6) waits for 1 input: f (task 3)');
  expect(scene.explain('h[1]')).toBe('h (task 8) waits for 1 input: f (task 3)');
});

test('no worker is there', () => {
  const scene = scenario().client().submit('x');
  expect(scene.explain('x')).toBe(
    'x (task 1) is ready, but there is no worker: start one (taskloom worker), or wait for it to join',
  );
});

test('none of its workers is there', () => {
  const scene = oneWorker().submit('x', { workers: ['big', 'bigger'] });
  expect(scene.explain('x')).toBe(
    'x (task 1) is ready, but none of the workers it may run on is here (big, bigger); here are w1',
  );
});

test('no worker has what it needs', () => {
  const scene = oneWorker().submit('x', { resources: { GPU: 1, RAM: 64 } });
  expect(scene.explain('x')).toBe(
    'x (task 1) is ready, but no worker has GPU: 1, RAM: 64: start one with it',
  );
});

test('two workers have what it needs, but neither has all of it', () => {
  const scene = scenario()
    .client()
    .worker('w1', { resources: { GPU: 1 } })
    .worker('w2', { resources: { RAM: 64 } })
    .submit('x', { resources: { GPU: 1, RAM: 64 } });
  expect(scene.explain('x')).toBe(
    'x (task 1) is ready, but no worker has GPU: 1, RAM: 64: start one with it',
  );
});

test('others have what it needs', () => {
  const scene = scenario()
    .client()
    .worker('w1', { threads: 2, resources: { GPU: 1 } })
    .map('f', 2, { resources: { GPU: 1 } });
  expect(scene.explain('f[1]')).toBe('f (task 2) is ready and waits for resources that other tasks have now');
});

test('its turn has not come: how far the workers are', () => {
  const scene = oneWorker().map('f', 20);
  expect(scene.explain('f[19]')).toBe(
    'f (task 20) is ready and waits for its turn (w1: 8 tasks (first: f), about 8 ms)',
  );
});

test('it was in two deaths and waits for a worker of its own', () => {
  const alone = scenario()
    .client()
    .worker('w1')
    .submit('poison')
    .die('w1')
    .worker('w2')
    .submit('other')
    .die('w2');
  alone.worker('w3').worker('w4');
  expect(alone.explain('poison')).toBe(
    'poison (task 1) is on worker w3, run 4: running, or among the next to run there',
  );
});

test('it is kept back, since workers died under it, until one has nothing else to do', () => {
  const scene = oneWorker();
  scene
    .together((s) => s.submit('a').submit('b'))
    .die('w1')
    .worker('w2')
    .die('w2')
    .worker('w3');
  expect(scene.explain('b')).toBe(
    'b (task 2) was on 2 workers that died, so it is to run alone: it waits for a worker with nothing else to do',
  );
});

test('it is on a worker', () => {
  const scene = oneWorker();
  scene.together((s) => s.submit('a').submit('b', { after: ['a'] }));
  expect(scene.explain('a')).toBe(
    'a (task 1) is on worker w1, run 1: running, or among the next to run there',
  );
  expect(scene.explain('b')).toBe('b (task 2) is on worker w1, behind the inputs that are made there');
});

test('it has finished, or has failed', () => {
  const scene = oneWorker().submit('a').finish('a').submit('b').throw('b', 'boom');
  expect(scene.explain('a')).toBe('a (task 1) is finished; its value is on worker w1');
  expect(scene.explain('b')).toBe('b (task 2) has failed: its future has the error');
});

test('nobody needs it, though its recipe is kept', () => {
  const scene = oneWorker();
  scene
    .together((s) =>
      s
        .submit('a')
        .submit('b', { after: ['a'] })
        .release('a'),
    )
    .finish('a')
    .finish('b');
  expect(scene.explain('a')).toBe('a (task 1) is not needed by anybody, so it is not run');
});

test('a function without a name', () => {
  const scene = scenario().client().submit('x', { fn: '' });
  expect(scene.explain('x')).toContain('anonymous (task 1) is ready');
});
