/**
 * Nodes and pods that are said to run and do not, by KWOK (https://kwok.sigs.k8s.io): what an operator does with a thousand pods can be
 * measured on two cores. Pods go there when they tolerate the taint `taskloom.dev/fake`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compiled } from '../binaries.ts';
import { kubectlReading } from '../kubectl.ts';
import { Daemons } from './daemons.ts';

const run = promisify(execFile);
const MODULE = join(import.meta.dirname, '../modules/kwok');
const FAKE = 'kwok.x-k8s.io/node';
/** Of KWOK's own stages: a node is ready at once and stays so; a pod runs, completes and goes at once. */
const STAGES = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
];

export async function addFakeNodes(
  folder: string,
  count: number,
  say: (text: string) => void,
): Promise<void> {
  const kubeconfig = join(folder, 'admin.conf');
  if (!existsSync(kubeconfig)) throw new Error('Fake nodes join the compiled cluster only, and it is not up');
  const daemons = new Daemons(folder);
  if (!(await daemons.running('kwok'))) {
    const { kwok } = await compiled(['kwok'], say);
    await writeFile(join(folder, 'stages.yaml'), await stages());
    await daemons.start('kwok', kwok, [
      `--kubeconfig=${kubeconfig}`,
      `--config=${folder}/stages.yaml`,
      `--manage-nodes-with-annotation-selector=${FAKE}=fake`,
      '--node-lease-duration-seconds=40',
      '--server-address=127.0.0.1:0',
    ]);
  }
  const items = Array.from({ length: count }, (_, number) => fakeNode(`fake-${number}`));
  await kubectlReading(
    { kubeconfig },
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    'apply',
    '-f',
    '-',
  );
}

async function stages(): Promise<string> {
  const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd: MODULE });
  const texts = STAGES.map((name) =>
    readFile(join(stdout.trim(), 'kustomize/stage', `${name}.yaml`), 'utf8'),
  );
  return (await Promise.all(texts)).join('\n---\n');
}

const fakeNode = (name: string) => {
  const capacity = { cpu: '32', memory: '256Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { [FAKE]: 'fake' }, labels: { type: 'kwok' } },
    spec: { taints: [{ key: 'taskloom.dev/fake', effect: 'NoSchedule' }] },
    status: { capacity, allocatable: capacity },
  };
};
