import { beforeAll, describe, expect, it } from 'vitest';
import { project, RECEIVER, type Received, type Sent, sender } from './fixtures/project.contract.ts';

const MAIN = `
const parts = require('./parts.cjs');
const twice = (x) => 2 * x;
class Own {}
const of = (x) => twice(x) + 1;
module.exports = { twice, of, Own };
globalThis.tasks = {
  exported: () => of(2),
  instance: () => new Own() instanceof Own,
  module: () => module.exports.twice(3),
  isMain: () => require.main === module,
  required: () => module.require('node:path').basename(module.filename),
  parts: () => parts.four(),
  method: () => parts.three(),
};
import('./send.mjs');
`;
const PARTS = `
module.exports = {
  two: () => 2,
  four: () => module.exports.two() * 2,
  three() { return this.two() + 1; },
  isMain: () => require.main === module,
};
`;

describe('functions of CommonJS scripts', () => {
  let received: Received = {};

  beforeAll(() => {
    const home = project({
      'main.cjs': MAIN,
      'parts.cjs': PARTS,
      'send.mjs': sender('Object.assign(tasks, globalThis.tasks);'),
    });
    received = project({ 'receive.mjs': RECEIVER }).run<Received>('receive.mjs', home.run<Sent>('main.cjs'));
  }, 30_000);

  it.each([
    ['what the script that was started exports', 'exported', 5],
    ['a class that it exports', 'instance', true],
    ['module.exports', 'module', 6],
    ['the question whether it was started itself', 'isMain', false],
    ['module.require and module.filename', 'required', 'main.cjs'],
    ['module.exports of a module that it requires', 'parts', 4],
    ['a method of what that exports', 'method', 3],
  ])('%s', (_title, name, result) => {
    expect(received[name]).toEqual({ result });
  });
});
