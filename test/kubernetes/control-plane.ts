/** etcd and kube-apiserver by themselves: a real API without nodes or controllers. No root, free ports, one folder. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Authority, type Pair, tokenKeys } from './authority.ts';
import { compiled } from './binaries.ts';
import { API_SERVICE_IP, apiServerFlags, etcdFlags } from './flags.ts';
import { freePort } from './free-port.ts';
import { KubeApi } from './kube-api.ts';
import { kubeconfig } from './kubeconfig.ts';
import { Supervised } from './supervised.ts';

const READY_MS = 60_000;
/** Ports are chosen before the program binds them; another program may be quicker. */
const ATTEMPTS = 3;

export interface Programs {
  readonly etcd: string;
  readonly 'kube-apiserver': string;
}

/** Those of KUBEBUILDER_ASSETS, as controller-runtime's tests have them, else compiled. */
export async function programs(say?: (text: string) => void): Promise<Programs> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (!assets) return compiled(['etcd', 'kube-apiserver'], say);
  const found = { etcd: join(assets, 'etcd'), 'kube-apiserver': join(assets, 'kube-apiserver') };
  const missing = Object.values(found).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS has no ${missing.join(' and no ')}`);
  return found;
}

export class ControlPlane {
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #api: KubeApi;
  /** Where etcd listens. */
  readonly #store: string;
  #etcd: Supervised | undefined;
  #apiServer: Supervised | undefined;

  private constructor(folder: string, programs: Programs, api: KubeApi, store: string) {
    this.#folder = folder;
    this.#programs = programs;
    this.#api = api;
    this.#store = store;
    this.kubeconfig = join(folder, 'kubeconfig');
  }

  /** @param folder holds all that it writes; it must exist */
  static async start(folder: string, found: Programs): Promise<ControlPlane> {
    const authority = await Authority.create();
    const admin = await authority.issue({ name: 'admin', organization: 'system:masters' });
    await writeKeys(folder, authority);
    for (let attempt = 1; ; attempt++) {
      const api = new KubeApi(`https://127.0.0.1:${await freePort()}`, authority.certificate, admin);
      const plane = new ControlPlane(folder, found, api, `http://127.0.0.1:${await freePort()}`);
      await writeFile(plane.kubeconfig, kubeconfig(api.server, authority.certificate, admin), {
        mode: 0o600,
      });
      try {
        plane.#etcd = new Supervised(found.etcd, etcdFlags(folder, plane.#store), join(folder, 'etcd.log'));
        await plane.startApiServer();
        return plane;
      } catch (error) {
        await plane.stop();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** On the port it had before: what is stopped and started again is the same server to its clients. */
  async startApiServer(): Promise<void> {
    const server = new Supervised(
      this.#programs['kube-apiserver'],
      // Without `kubernetes.default`, which cannot lead to a loopback address.
      [
        ...apiServerFlags(this.#folder, this.#store, new URL(this.#api.server)),
        '--endpoint-reconciler-type=none',
      ],
      join(this.#folder, 'kube-apiserver.log'),
    );
    this.#apiServer = server;
    const deadline = performance.now() + READY_MS;
    while (!(await this.#api.ready())) {
      const ended = [server, this.#etcd].find((program) => program?.running === false);
      if (ended) throw new Error(`${ended.command} ended: ${await ended.lastWords()}`);
      if (performance.now() > deadline) throw new Error(`not ready in time: ${await server.lastWords()}`);
      await delay(50);
    }
  }

  async stopApiServer(): Promise<void> {
    await this.#apiServer?.stop();
    this.#apiServer = undefined;
  }

  async stop(): Promise<void> {
    await this.stopApiServer();
    await this.#etcd?.stop();
  }
}

async function writeKeys(folder: string, authority: Authority): Promise<void> {
  const server = await authority.issue({
    name: 'kube-apiserver',
    addresses: ['127.0.0.1', API_SERVICE_IP],
    hosts: ['localhost', 'kubernetes.default.svc'],
  });
  const tokens = await tokenKeys();
  const files: Record<string, string> = {
    'ca.crt': authority.certificate,
    ...pairFiles('apiserver', server),
    'sa.key': tokens.privateKey,
    'sa.pub': tokens.publicKey,
  };
  await mkdir(join(folder, 'pki'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, 'pki', name), text, { mode: 0o600 });
  }
}

const pairFiles = (name: string, pair: Pair) => ({
  [`${name}.crt`]: pair.certificate,
  [`${name}.key`]: pair.key,
});
