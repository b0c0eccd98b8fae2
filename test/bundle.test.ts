/** What people run is built and bundled; the other tests run from source. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const SCRIPT = `
  import { LocalCluster } from '@taskloom/client';
  class Point { constructor(x, y) { this.x = x; this.y = y; } get length() { return Math.hypot(this.x, this.y); } }
  await using cluster = await LocalCluster.start({ threads: 1, inProcess: process.argv[1] === 'in-process' });
  const client = cluster.client();
  const argument = await client.submit((point) => point.length, new Point(3, 4));
  const result = await client.submit((x) => new Point(x, x), 2);
  const made = await client.submit((n) => (m) => n + m, 1);
  const onward = await client.submit((point) => point.x, client.submit(() => new Point(7, 0)));
  console.log(JSON.stringify([argument, result.x, result instanceof Point, made(2), onward]));
`;

beforeAll(() => {
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
}, 120_000);

test.each(['processes', 'in-process'])(
  'functions and instances travel both ways in the built cluster: %s',
  (mode) => {
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT, mode], {
      cwd: fileURLToPath(new URL('../client', import.meta.url)),
      encoding: 'utf8',
    });
    expect(JSON.parse(said)).toEqual([5, 2, true, 3, 7]);
  },
);

/** Says what it made the process load to get its first result. */
const THRIFTY = `
  import { Session } from 'node:inspector';
  const asked = [];
  const { post } = Session.prototype;
  Session.prototype.post = function (method, ...more) {
    asked.push(method);
    return post.call(this, method, ...more);
  };
  const { LocalCluster } = await import('@taskloom/client');
  const { addTwo } = await import('./other.mjs');
  await using cluster = await LocalCluster.start({ threads: 1, inProcess: true });
  const client = cluster.client();
  const result = await client.submit(addTwo, await client.submit((x) => x + 1, 1));
  const loaded = process.moduleLoadList.filter((name) => /undici|http2|child_process/.test(name));
  console.log(JSON.stringify({ result, loaded, enabled: asked.filter((method) => method === 'Debugger.enable') }));
`;

test('a first result costs neither what few scripts need of Node nor the debugger, which looks at all that was loaded', () => {
  const folder = join(root, '.cache/thrifty');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.mjs'), THRIFTY);
  writeFileSync(join(folder, 'other.mjs'), 'export const addTwo = (x) => x + 2;');
  const said = execFileSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({ result: 4, loaded: [], enabled: [] });
});

const START = `
  import { LocalCluster } from '@taskloom/client';
  const failed = ({ code, message }) => [code, message];
  console.log(JSON.stringify([await LocalCluster.start().catch(failed), await LocalCluster.start({ inProcess: true }).catch(failed)]));
`;

test('a bundle that took the library along says what to do instead', async () => {
  const folder = join(root, '.cache/taken-along');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.mjs'), START);
  const bundle = await rolldown({ input: join(folder, 'main.mjs'), platform: 'node', logLevel: 'silent' });
  await bundle.write({ dir: join(folder, 'out'), format: 'esm', codeSplitting: false });
  await bundle.close();
  const said = execFileSync(process.execPath, [join(folder, 'out/main.js')], { encoding: 'utf8' });
  const refused = ['start-failed', expect.stringMatching(/Leave it out of that/)];
  expect(JSON.parse(said)).toEqual([refused, refused]);
});

const OLD = `
  Object.defineProperty(process.versions, 'node', { value: '18.20.4' });
  process.getBuiltinModule = undefined;
`;

test.each(['@taskloom/client', '@taskloom/client/kubernetes'])(
  '%s as it is built asks for its Node before it uses any of it',
  (name) => {
    const script = `${OLD} import('${name}').catch((error) => console.error(error.message));`;
    const cwd = fileURLToPath(new URL('../client', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, ['--eval', script], { cwd, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^Taskloom needs Node 22\.19 or newer; .* is 18\.20\.4\. .*\n$/),
    });
  },
);
