/** The examples of one machine, on a cluster: by the line that makes the cluster, from outside and from within Kubernetes. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { IMAGES } from '../kubernetes/images.ts';
import { jobOutput, startJob } from './job.ts';
import { cluster, describeOnNode } from './on-node.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Within the checkout, so that the examples find their packages. */
const COPY = join(ROOT, '.cache/examples-on-a-cluster');
const SECONDS = 180;

const LINE = 'await using cluster = await LocalCluster.start();';
const IMPORT = "import { LocalCluster } from '@taskloom/client';";

/** The script of an example with another line to make its cluster. */
function onCluster(example: string, options: object): string {
  const text = readFileSync(join(ROOT, 'examples', example, 'main.ts'), 'utf8');
  expect(text.split(LINE)).toHaveLength(2);
  const made = `await using cluster = await KubeCluster.create(${JSON.stringify(options)});`;
  return text
    .replace(LINE, made)
    .replace(IMPORT, "import { KubeCluster } from '@taskloom/client/kubernetes';");
}

function run(script: string) {
  const flags = ['--conditions=taskloom-source', script];
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  return promisify(execFile)(process.execPath, flags, { env, timeout: SECONDS * 1_000 });
}

/** What does not depend on how long things took. */
const resultsIn = (said: string) =>
  said.split('\n').filter((line) => /best R2|scores|loaded|prevalence \d/.test(line));

describeOnNode('an example', (place) => {
  cpSync(join(ROOT, 'examples'), COPY, { recursive: true });
  afterAll(() => rmSync(COPY, { recursive: true, force: true }));

  test.each([
    ['score-grid', 7],
    ['malaria', 16],
  ])(
    '%s has the same results on one machine, on a cluster, and on one that a Job made',
    async (example, lines) => {
      const options = (name: string) => ({ name, image: IMAGES.examples.name, workers: 2 });
      const there = `${example}-job`;
      await startJob(place, {
        name: there,
        image: IMAGES.examples.name,
        code: onCluster(example, options(there)),
        at: `/app/examples/${example}/on-cluster.ts`,
        writes: `/app/examples/${example}/out`,
      });
      const script = join(COPY, example, 'on-cluster.ts');
      writeFileSync(script, onCluster(example, { ...options(example), namespace: place.namespace }));

      const expected = resultsIn((await run(join(ROOT, 'examples', example, 'main.ts'))).stdout);
      expect(expected).toHaveLength(lines);
      expect(resultsIn((await run(script)).stdout)).toEqual(expected);
      expect(resultsIn(await jobOutput(place, there, SECONDS))).toEqual(expected);
      expect(await place.list('taskcluster')).toEqual([]);
    },
    2 * SECONDS * 1_000,
  );

  test('that uses a package which the image lacks is told so, and what to build', async () => {
    const script = join(COPY, 'lacking.ts');
    const options = { name: 'lacking', namespace: place.namespace, workers: 1 };
    writeFileSync(
      script,
      `import { KubeCluster } from '@taskloom/client/kubernetes';
       import { parse } from 'yaml';
       await using cluster = await KubeCluster.create(${JSON.stringify(options)});
       const read = (text: string) => parse(text);
       console.log((await cluster.client().submit(read, 'a: 1').exception())?.message);`,
    );
    const { stdout, stderr } = await run(script);
    expect(stderr).toMatch(
      /read uses yaml@\S+, and the image (\S+) of 1 worker \(default\) lacks yaml@\S+ An image that has what it needs:\n {2}FROM \1\n {2}RUN .* yaml@/,
    );
    expect(stdout).toMatch(/uses yaml@.*, which is not installed where it runs/);
  });
});
