/** `npm run cluster -- prepare | up | down | kubeconfig | images | deploy | load ARCHIVE | fake-nodes COUNT | kubectl ... | helm ...`: the cluster of this machine, by hand. */
import { spawn } from 'node:child_process';
import { compiled, goVersion } from './binaries.ts';
import { clusterDown, clusterNow, clusterUp, loadImage, STATE } from './cluster-up.ts';
import { deploy, OPERATOR_NAMESPACE } from './deploy.ts';
import { buildImages, loadImages } from './images.ts';
import { tool } from './kubectl.ts';
import { addFakeNodes } from './node/fake-nodes.ts';
import { onPath } from './node/packages.ts';

const say = (text: string) => process.stderr.write(`${text}\n`);

async function present() {
  const cluster = await clusterNow();
  if (!cluster) throw new Error('No cluster is up: make cluster-up');
  return cluster;
}

async function through(program: 'kubectl' | 'helm', args: readonly string[]): Promise<void> {
  const { kubeconfig } = await present();
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(await tool(program), args, { stdio: 'inherit', env });
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  /** Before all tests, so that none of them waits, or is slowed, while etcd and kube-apiserver are compiled. */
  prepare: async () => {
    const ready = process.env.KUBECONFIG || process.env.KUBEBUILDER_ASSETS;
    if (!ready && (await goVersion())) await compiled(['etcd', 'kube-apiserver'], say);
  },
  up: async () => {
    const { kubeconfig, from } = await clusterUp(say);
    say(`A cluster is up (${from}). To use it: export KUBECONFIG=${kubeconfig}`);
    if (!onPath('kubectl')) say(`kubectl, for your PATH: ${await tool('kubectl')}`);
  },
  down: clusterDown,
  kubeconfig: async () => console.log((await present()).kubeconfig),
  images: async () => {
    await buildImages(say);
    const cluster = await clusterNow();
    if (cluster && cluster.from !== 'handed-in') await loadImages(cluster);
  },
  deploy: async () => {
    const cluster = await present();
    await deploy(cluster);
    say(`The operator runs in the namespace ${OPERATOR_NAMESPACE}. Next:`);
    say(`  export KUBECONFIG=${cluster.kubeconfig}`);
    say('  kubectl apply -f examples/kubernetes/minimal.yaml');
  },
  load: async ([archive = '']) => loadImage(await present(), archive),
  'fake-nodes': ([count = '10']) => addFakeNodes(STATE, Number(count), say),
  kubectl: (args) => through('kubectl', args),
  helm: (args) => through('helm', args),
};

const [name = '', ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  say(`usage: npm run cluster -- ${Object.keys(COMMANDS).join(' | ')}`);
  process.exit(2);
}
try {
  await command(rest);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
