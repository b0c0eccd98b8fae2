import { rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { project, RECEIVER, type Received, type Sent, sender } from './fixtures/project.contract.ts';

const EXPORTS_IMPORT_ONLY =
  '{"name":"esm-only","version":"2.1.0","type":"module","exports":{"import":"./main.js"}}';
const PACKAGES = {
  'node_modules/esm-only/package.json': EXPORTS_IMPORT_ONLY,
  'node_modules/esm-only/main.js':
    'export const double = (x) => x * 2; export default class Model { answer() { return 42; } }; export const secret = { key: double }; export const mark = Symbol("mark"); export const marked = () => ({ [mark]: 3 });',
  'node_modules/awaits/package.json': '{"name":"awaits","version":"1.0.0","type":"module","main":"main.js"}',
  'node_modules/awaits/main.js': 'export const value = await Promise.resolve({ ready: true });',
  'node_modules/@scope/old/package.json':
    '{"name":"@scope/old","version":"0.3.0","main":"lib/main.js","exports":{".":"./lib/main.js","./data.json":"./data.json"}}',
  'node_modules/@scope/old/data.json': '{"rows":3}',
  'node_modules/@scope/old/lib/main.js':
    "const inner = require('./inner.js'); module.exports = function old() { return inner.deep(); }; module.exports.helpers = { up: (s) => s.toUpperCase() };",
  'node_modules/@scope/old/lib/inner.js': 'exports.deep = () => "deep";',
};
const SCRIPT = sender(`
import Model, { double, mark, marked, secret } from 'esm-only';
import { value } from 'awaits';
import old from '@scope/old';
import { createRequire } from 'node:module';
import gone from 'only-here';
const require = createRequire(import.meta.url);
const load = createRequire(import.meta.url);
const { helpers: { up } } = old;
const holder = { inside: { by: double } };
class Own extends Model { twice() { return this.answer() * 2; } }
tasks.named = () => double(4);
tasks.default = () => new Model().answer();
tasks.extended = () => new Own().twice();
tasks.marked = () => marked()[mark];
tasks.awaits = () => value.ready;
tasks.commonjs = () => old() + up('x');
tasks.inside = () => holder.inside.by === secret.key && holder.inside.by(1);
tasks.required = () => require('@scope/old')();
tasks.loaded = () => load('@scope/old')();
tasks.json = async () => (await import('@scope/old/data.json', { with: { type: 'json' } })).default;
tasks.url = async () => (await import(new URL('data:text/javascript,export default 7'))).default;
tasks.dynamic = async () => (await import('esm-only')).double(5);
tasks.meta = () => import.meta.url.slice(-8) + typeof import.meta.dirname;
tasks.missing = () => gone();
`);

describe('packages travel by name', () => {
  let sent: Sent = {};
  let received: Received = {};

  beforeAll(() => {
    const home = project({
      ...PACKAGES,
      'node_modules/only-here/package.json': '{"name":"only-here","version":"1.2.3","main":"main.js"}',
      'node_modules/only-here/main.js': 'module.exports = () => 1;',
      'send.mjs': SCRIPT,
    });
    sent = home.run<Sent>('send.mjs');
    // The worker is another machine: the directory that the functions come from is not there.
    rmSync(home.directory, { recursive: true });
    received = project({ ...PACKAGES, 'receive.mjs': RECEIVER }).run<Received>('receive.mjs', sent);
  }, 30_000);

  it.each([
    ['a named export', 'named', 8],
    ['a default export', 'default', 42],
    ['a base class', 'extended', 84],
    ['a symbol', 'marked', 3],
    ['a module that awaits', 'awaits', true],
    ['CommonJS, and what hangs off it', 'commonjs', 'deepX'],
    ['an export inside captured data', 'inside', 2],
    ['require()', 'required', 'deep'],
    ['require() by another name', 'loaded', 'deep'],
    ['import() with attributes', 'json', { rows: 3 }],
    ['import()', 'dynamic', 10],
    ['import() of a URL', 'url', 7],
    ['import.meta', 'meta', 'send.mjsstring'],
  ])('%s', (_title, name, result) => {
    expect(received[name]).toEqual({ result });
  });

  it('with no code of theirs', () => {
    expect(Object.values(sent.commonjs?.sources ?? {})).toEqual(["(() => old() + up('x')\n)"]);
    expect(sent.inside?.packages).toEqual([{ name: 'esm-only', version: '2.1.0' }]);
  });

  it('in another version with a warning, and without what that lacks in words', () => {
    const older = {
      ...PACKAGES,
      'node_modules/esm-only/package.json': EXPORTS_IMPORT_ONLY.replace('2.1.0', '1.0.0'),
    };
    const {
      'node_modules/@scope/old/lib/inner.js': _inner,
      'node_modules/@scope/old/lib/main.js': _main,
      ...rest
    } = older;
    const results = project({ ...rest, 'receive.mjs': RECEIVER }).run<Received>('receive.mjs', sent);
    expect(results.named).toEqual({ result: 8 });
    const message = 'a function was submitted with esm-only@2.1.0 and runs with esm-only@1.0.0';
    expect(results.warnings?.result).toContainEqual({ code: 'TASKLOOM_VERSION', message });
    expect(results.commonjs?.error).toMatch(
      /@scope\/old@0\.3\.0, which is installed where it runs, does not have lib\/main\.js/,
    );
  });

  it('and one that is missing is named, with what to install', () => {
    expect(received.missing?.error).toMatch(
      /only-here@1\.2\.3, which is not installed.*npm install only-here@1\.2\.3/s,
    );
  });
});

describe('a script that is CommonJS', () => {
  it('sends what it exports itself, and what Node tells of its process, as they are', () => {
    const script = sender(`
      const { argv } = process;
      exports.rate = 3;
      exports.scaled = (x) => x * exports.rate;
      tasks.exported = () => exports.scaled(2);
      tasks.module = () => module.exports.rate;
      tasks.told = () => argv[1].slice(-8);
    `).replace(/^import (.*) from (.*);$/gm, 'const $1 = require($2);');
    const home = project({ 'send.cjs': script, 'receive.mjs': RECEIVER });
    const sent = home.run<Sent>('send.cjs', null, ['--no-warnings']);
    expect(home.run<Received>('receive.mjs', sent)).toMatchObject({
      exported: { result: 6 },
      module: { result: 3 },
      told: { result: 'send.cjs' },
    });
  });
});

describe('a `require` that a script made for another directory', () => {
  it('looks there', () => {
    const home = project({
      'plugins/one.cjs': 'module.exports = 1;',
      'send.mjs': sender(`
        import { createRequire } from 'node:module';
        const require = createRequire(new URL('./plugins/', import.meta.url));
        const loaders = { plugin: require };
        tasks.variable = () => require('./one.cjs');
        tasks.property = () => loaders.plugin('./one.cjs');
      `),
      'receive.mjs': RECEIVER,
    });
    const received = home.run<Received>('receive.mjs', home.run<Sent>('send.mjs'));
    expect(received).toMatchObject({ variable: { result: 1 }, property: { result: 1 } });
  });
});

describe('an instance of a class of a package that has private fields', () => {
  it('is refused, whether a function has named the class before or not', () => {
    const home = project({
      'node_modules/cache/package.json':
        '{"name":"cache","version":"1.0.0","type":"module","main":"main.js"}',
      'node_modules/cache/main.js': `
        export class Cache { #all = new Map(); get(key) { return this.#all.get(key); } }
        export class Open { all = new Map(); get(key) { return this.all.get(key); } }`,
      'node_modules/old/package.json': '{"name":"old","version":"1.0.0","main":"main.js"}',
      'node_modules/old/main.js':
        'exports.Pool = class Pool { #size() { return 1; } get size() { return this.#size(); } };',
      'send.mjs': sender(`
        import { Cache, Open } from 'cache';
        import old from 'old';
        class Own extends Cache {}
        const [cache, open, own] = [new Cache(), new Open(), new Own()];
        const pools = { first: new old.Pool() };
        tasks.before = () => cache.get('a');
        tasks.names = () => new Cache().get('a');
        tasks.after = () => cache.get('a');
        tasks.derived = () => own.get('a');
        tasks.commonjs = () => pools.first.size;
        tasks.open = () => open.get('a');
      `),
    });
    const sent = home.run<Sent>('send.mjs');
    const reason =
      'Cache of the package cache has private fields, which only its own code can fill: make it in the task';
    expect(sent.before?.refused).toBe(`cannot send anonymous -> cache: ${reason}`);
    expect(sent.after?.refused).toBe(`cannot send anonymous -> cache: ${reason}`);
    expect(sent.derived?.refused).toBe(`cannot send anonymous -> own: ${reason}`);
    expect(sent.commonjs?.refused).toMatch(/-> pools -> first: Pool of the package old has private fields/);
    expect([sent.names?.refused, sent.open?.refused]).toEqual([undefined, undefined]);
  });
});

describe('a package with an edition for import and one for require', () => {
  it('comes home as what the script imported', () => {
    const home = project({
      'node_modules/dual/package.json':
        '{"name":"dual","version":"1.0.0","exports":{"import":"./main.mjs","require":"./main.cjs"}}',
      'node_modules/dual/main.mjs': 'export class Point { x = 1; static of() { return new Point(); } }',
      'node_modules/dual/main.cjs': 'exports.Point = class Point { x = 2; };',
      'send.mjs': `
        import { captureFunction } from '@taskloom/protocol/functions';
        import { decodeValue, encodeValue, joinParts } from '@taskloom/protocol/values';
        import { writeFileSync } from 'node:fs';
        import { Point } from 'dual';
        captureFunction(() => new Point());
        const back = decodeValue(joinParts(encodeValue([new Point(), Point])));
        writeFileSync(process.argv[3], JSON.stringify([back[0] instanceof Point, back[1] === Point, new back[1]().x]));
      `,
    });
    expect(home.run('send.mjs')).toEqual([true, true, 1]);
  });
});

describe('a variable that its module changes, imported under an alias', () => {
  const state = 'export let n = 1; export const set = (x) => { n = x; };';
  // A loader's own aliases, as of bundlers and of paths in a tsconfig.
  const loader = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier === '@/other' ? new URL('./other.mjs', import.meta.url).href : specifier, context),
    });`;

  it('is the variable, or is read anew with each submission where only a loader knows the way to it', () => {
    const home = project({
      'package.json': '{"type":"module","imports":{"#state":"./state.mjs"}}',
      'receive.mjs': RECEIVER,
      'loader.mjs': loader,
      'state.mjs': state,
      'other.mjs': state,
      'send.mjs': sender(`
        import { n, set } from '#state';
        import { n as other, set as setOther } from '@/other';
        import { sep } from 'node:path';
        const [known, unknown, constant] = [() => n, () => other, () => sep];
        for (const fn of [known, unknown]) captureFunction(fn);
        set(2);
        setOther(3);
        Object.assign(tasks, { known, unknown });
        tasks.shared = () => { set(n + 10); return n; };
        const isOnce = captureFunction(constant) === captureFunction(constant);
        tasks.constant = () => isOnce;
      `),
    });
    const sent = home.run<Sent>('send.mjs', null, ['--import', path.join(home.directory, 'loader.mjs')]);
    expect(home.run<Received>('receive.mjs', sent)).toMatchObject({
      known: { result: 2 },
      unknown: { result: 3 },
      shared: { result: 12 },
      constant: { result: true },
    });
  });
});

describe('an error thrown there', () => {
  it('names the file and line where it was written', () => {
    const home = project({
      'receive.mjs': RECEIVER,
      'send.mjs': sender(
        '\nfunction inner() {\n  throw new Error("at line 8");\n}\ntasks.failing = () => inner();\n',
      ),
    });
    const { failing } = home.run<Received>('receive.mjs', home.run<Sent>('send.mjs'));
    const place = path.join(home.directory, 'send.mjs').replaceAll('\\', '/');
    expect(failing?.stack).toContain(`at inner (file://${place}:7:9)`);
    expect(failing?.stack).toContain(`${place}:9:23`);
  });
});

describe('where functions may not be inspected', () => {
  const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];

  it('a closure is refused, with the way out; a function by its module travels', () => {
    const home = project({
      'receive.mjs': RECEIVER,
      'tasks.mjs': 'export function score() { return 7; }',
      'send.mjs': sender(`
        const k = 1;
        tasks.closure = () => k;
        tasks.exported = fromModule(new URL('./tasks.mjs', import.meta.url).href, 'score');
        tasks.ofCommonJs = fromModule('whole', 'score');
      `),
      'node_modules/whole/package.json': '{"name":"whole","version":"1.0.0"}',
      // Written so that import cannot tell what it exports.
      'node_modules/whole/index.js':
        'const all = { score: () => 8 }; ((it) => { it.exports = all; })(module);',
    });
    const sent = home.run<Sent>('send.mjs', null, flags);
    expect(sent.closure?.refused).toMatch(/--allow-inspector.*fromModule\(import\.meta\.url, 'name'\)/s);
    const { closure: _, ...others } = sent;
    const { exported, ofCommonJs } = home.run<Received>('receive.mjs', others);
    expect(exported).toEqual({ result: 7 });
    expect(ofCommonJs).toEqual({ result: 8 });
  });
});
