/** A worker that says from which image it runs, as those in pods do. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Client } from '../client.ts';
import { CommandLine } from '../testing/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-image-'));
afterAll(() => rmSync(folder, { recursive: true }));
const commandLine = new CommandLine();
afterEach(() => commandLine.end());

function put(file: string, text: string): string {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
  return pathToFileURL(join(folder, file)).href;
}
put('node_modules/only-here/package.json', '{"version":"1.2.3","type":"module","exports":"./index.js"}');
put('node_modules/only-here/index.js', 'export const twice = (x) => 2 * x;');
const tasks = put('tasks.mjs', "import { twice } from 'only-here'; export const task = (x) => twice(x);");

test('a function that uses what its image lacks is told of when it is submitted', async () => {
  const scheduler = commandLine.start(['scheduler', '--port', '0']);
  const address = (await scheduler.line()).replace('scheduler at ', '');
  const token = (await scheduler.line()).replace('token: ', '');
  const client = await Client.connect(address, { token });
  const { task } = (await import(tasks)) as { task: (x: number) => number };
  const warned = once(process, 'warning');
  // Before there is a worker: the question is asked again when one comes.
  const future = client.submit(task, 21);
  commandLine.start(['worker', '--threads', '1'], {
    TASKLOOM_TOKEN: token,
    TASKLOOM_ADDRESS: address,
    TASKLOOM_IMAGE: 'lab/taskloom:1',
  });
  const [warning] = await warned;
  expect(warning).toMatchObject({
    code: 'TASKLOOM_PACKAGES',
    message: expect.stringMatching(
      /^task uses only-here@1\.2\.3, and the image lab\/taskloom:1 of 1 worker lacks .*\n {2}FROM lab\/taskloom:1\n {2}RUN .* install --prefix \/app only-here@1\.2\.3$/,
    ),
  });
  // Here it is found where the script is; in a pod there is no such folder.
  expect(await future).toBe(42);
  await client.close();
});
