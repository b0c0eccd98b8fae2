import { Limits } from '@taskloom/protocol';
import { expect, test } from 'vitest';
import { scenario } from '../testing/scenario.ts';

const TOO_FAST = '... dropped: a worker passes on 1048576 characters a second\n';
const writer = () => {
  const world = scenario().run('a');
  world.take();
  const wrote = (text: string, credit = true) => {
    const task = { batch: world.number('a'), index: 0, stream: 'stdout' as const };
    return world.happen({ on: 'wrote', now: 0, ...task, text, credit });
  };
  return { world, wrote };
};

test('a worker sends a megabyte a second, and says at once that it drops, then what', () => {
  const { world, wrote } = writer();
  for (let i = 0; i < 17; i++) wrote('x'.repeat(60_000));
  expect(world.take()).toHaveLength(17);
  for (let i = 0; i < 3; i++) wrote('x'.repeat(60_000));
  world.expect(`output of a[0]: ${TOO_FAST}`);
  world.now += 1_000;
  wrote('again').expect('output of a[0]: ... 180000 characters dropped\nagain');
  wrote('and again').expect('output of a[0]: and again');
});

test('a worker sends what is written in the first second of its process, too', () => {
  const { world, wrote } = writer();
  world.now = 250;
  wrote('early').expect('output of a[0]: early');
});

test('a worker sends nothing to a scheduler that does not read, and says later what it dropped', () => {
  const { wrote } = writer();
  wrote('lost', false).expect();
  wrote('heard').expect('output of a[0]: ... 4 characters dropped\nheard');
});

test('a text that is too long for one message goes in several', () => {
  const { world, wrote } = writer();
  wrote('lost', false);
  wrote(`${'x'.repeat(Limits.outputChars)}!`);
  const texts = world
    .take()
    .map((command) => (command.do === 'send' && command.message.op === 'output' ? command.message.text : ''));
  expect(texts.map(({ length }) => length)).toEqual([
    Limits.outputChars,
    '... 4 characters dropped\n!'.length,
  ]);
  expect(texts.join('')).toMatch(/^\.\.\. 4 characters dropped\nx+!$/);
});
