import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

describe('code', () => {
  test('goes to each worker that needs it, once', () => {
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .code('h')
      .ignore()
      .submit('x', { code: 'h', workers: ['w1'] })
      .expect(['w1: code h', 'w1: run x'])
      .submit('y', { code: 'h', workers: ['w1'] })
      .expect(['w1: run y'])
      .submit('z', { code: 'h', workers: ['w2'] })
      .expect(['w2: code h', 'w2: run z']);
  });

  test('that its client no longer counts on is forgotten, by workers too', () => {
    const scene = scenario()
      .client()
      .worker('w1')
      .code('h')
      .submit('x', { code: 'h' })
      .finish('x')
      .release('x');
    scene.ignore().letGoCode('h').wait(1_000);
    scene.expect(['w1: drop x', 'w1: retire x', 'w1: forget code h']);
    expect(scene.state.codes.size).toBe(0);
    scene.code('h').submit('y', { code: 'h' }).expect(['w1: code h', 'w1: run y']);
  });

  test('that its client no longer counts on stays for batches that may run again', () => {
    const scene = scenario().client().worker('w1').code('h').submit('x', { code: 'h' }).finish('x');
    scene.letGoCode('h').die('w1').worker('w2').ignore();
    scene.want('x').lines();
    expect(scene.state.codes.size).toBe(1);
    scene.finish('x').release('x').wait(1_000);
    expect(scene.state.codes.size).toBe(0);
  });

  test('that came again while a batch still names it is the same code', () => {
    const scene = scenario()
      .client()
      .worker('w1')
      .code('h')
      .submit('x', { code: 'h' })
      .letGoCode('h')
      .code('h');
    scene.finish('x').release('x').wait(1_000).ignore();
    expect(scene.state.codes.size).toBe(1);
    scene.submit('y', { code: 'h' }).expect(['w1: run y']);
  });

  test('that another client counts on stays', () => {
    const scene = scenario()
      .client('ann')
      .client('bob')
      .code('h', 'ann')
      .code('h', 'bob')
      .letGoCode('h', 'ann');
    expect(scene.state.codes.size).toBe(1);
    scene.letGoCode('h', 'bob');
    expect(scene.state.codes.size).toBe(0);
  });

  test('stays while the client is there that sent it, since it sends it once', () => {
    scenario()
      .client()
      .worker('w1')
      .code('h')
      .submit('x', { code: 'h' })
      .release('x')
      .wait(1_000)
      .worker('w2')
      .ignore()
      .submit('y', { code: 'h', workers: ['w2'] })
      .expect(['w2: code h', 'w2: run y']);
  });

  test('that two clients sent is kept once, and stays for the second', () => {
    const scene = scenario()
      .client('ann')
      .client('bob')
      .worker('w1')
      .code('h', 'ann')
      .code('h', 'bob')
      .leave('ann');
    expect(scene.state.codes.size).toBe(1);
    scene.ignore().submit('x', { code: 'h', by: 'bob' }).expect(['w1: code h', 'w1: run x']).leave('bob');
    expect(scene.state.codes.size).toBe(0);
  });

  test('is forgotten with its client and the last batch that names it, and sent to workers anew', () => {
    const scene = scenario()
      .client('ann')
      .worker('w1')
      .code('h', 'ann')
      .submit('x', { code: 'h', by: 'ann' });
    scene.leave('ann');
    expect(scene.state.codes.size).toBe(0);
    scene.client('bob').code('h', 'bob').ignore();
    scene.submit('y', { code: 'h', by: 'bob' });
    expect(scene.lines()).toContain('w1: code h');
  });

  test('is forgotten by the workers that have it, after what named it and when there is time for it', () => {
    const scene = scenario().client('ann').client('bob').worker('w1').worker('w2').code('h', 'ann');
    scene
      .submit('x', { code: 'h', by: 'ann', workers: ['w1'] })
      .finish('x')
      .leave('ann')
      .ignore()
      .wait(1_000)
      .expect(['w1: drop x', 'w1: retire x', 'w1: forget code h']);
  });

  test('that is large is forgotten by workers at once', () => {
    const hash = 'h'.repeat(2 ** 21);
    const scene = scenario().client('ann').worker('w1').code(hash, 'ann');
    scene.submit('x', { code: hash, by: 'ann' }).finish('x').ignore().leave('ann');
    expect(scene.lines()).toContain(`w1: forget code ${hash}`);
  });

  test('that a second client sends, before workers were told to forget it, reaches them after they are', () => {
    const scene = scenario().client('ann').client('bob').worker('w1').code('h', 'ann');
    scene.submit('x', { code: 'h', by: 'ann' }).finish('x').ignore();
    scene.together((all) => all.leave('ann').code('h', 'bob').submit('y', { code: 'h', by: 'bob' }));
    scene.expect(['w1: drop x', 'w1: retire x', 'w1: forget code h', 'w1: code h', 'w1: run y']);
  });

  test('stays at workers while its other client is there', () => {
    const scene = scenario().client('ann').client('bob').worker('w1').code('h', 'ann').code('h', 'bob');
    scene.submit('x', { code: 'h', by: 'ann' }).finish('x').leave('ann').ignore().wait(1_000);
    scene.expect(['w1: drop x', 'w1: retire x']);
    scene.submit('y', { code: 'h', by: 'bob' }).expect(['w1: run y']);
  });
});
