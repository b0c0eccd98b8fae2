/** What people run is built and bundled; the other tests run from source. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

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
