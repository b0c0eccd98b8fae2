import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const sources = fileURLToPath(new URL('.', import.meta.url));

const scriptOn = (options: string) => `
import { fromModule, LocalCluster } from '@taskloom/client';
await using cluster = await LocalCluster.start(${options});
const client = cluster.client();
let refusal = '';
try {
  client.submit(() => 1);
} catch (error) {
  refusal = error.code + ': ' + error.message;
}
const inc = fromModule(import.meta.resolve('./testing/contract/works.ts'), 'inc');
const values = await client.gather([client.submit(inc, 1), client.map(inc, [2, 3])]);
console.log(JSON.stringify({ refusal, values }));
`;

it.each([
  ['a cluster of processes', ['--allow-worker', '--allow-child-process'], '{ threads: 1 }'],
  ['a cluster in this process', ['--allow-worker'], '{ inProcess: true, threads: 1 }'],
])('where functions may not be inspected, those of modules run on %s', async (_, permissions, options) => {
  const flags = ['--permission', '--allow-fs-read=*', ...permissions, '--conditions=taskloom-source'];
  const script = ['--input-type=module', '--eval', scriptOn(options)];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...script], { cwd: sources });
  const { refusal, values } = JSON.parse(stdout) as { refusal: string; values: unknown };
  expect(refusal).toMatch(/^no-inspector: .*--allow-inspector.*fromModule.*from @taskloom\/client/);
  expect(values).toEqual([2, [3, 4]]);
});
