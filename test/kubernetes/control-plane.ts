/** etcd and kube-apiserver by themselves: a real API without nodes or controllers. No root, free ports, one folder. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Authority, type Pair, tokenKeys } from './authority.ts';
import { compiled } from './binaries.ts';
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
  static async start(folder: string, programs: Programs): Promise<ControlPlane> {
    const authority = await Authority.create();
    const admin = await authority.issue({ name: 'admin', organization: 'system:masters' });
    await writeKeys(folder, authority);
    for (let attempt = 1; ; attempt++) {
      const api = new KubeApi(`https://127.0.0.1:${await freePort()}`, authority.certificate, admin);
      const plane = new ControlPlane(folder, programs, api, `http://127.0.0.1:${await freePort()}`);
      await writeFile(plane.kubeconfig, kubeconfig(api.server, authority.certificate, admin), {
        mode: 0o600,
      });
      try {
        await plane.#startEtcd();
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
      apiServerFlags(this.#folder, this.#store, new URL(this.#api.server).port),
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

  async #startEtcd(): Promise<void> {
    const nobody = 'http://127.0.0.1:0';
    this.#etcd = new Supervised(
      this.#programs.etcd,
      [
        `--data-dir=${join(this.#folder, 'etcd')}`,
        `--listen-client-urls=${this.#store}`,
        `--advertise-client-urls=${this.#store}`,
        // It has no peers; zero is any free port.
        `--listen-peer-urls=${nobody}`,
        `--initial-advertise-peer-urls=${nobody}`,
        `--initial-cluster=default=${nobody}`,
        // Nobody needs these data after a power cut.
        '--unsafe-no-fsync',
      ],
      join(this.#folder, 'etcd.log'),
    );
  }
}

async function writeKeys(folder: string, authority: Authority): Promise<void> {
  const server = await authority.issue({
    name: 'kube-apiserver',
    addresses: ['127.0.0.1', '10.96.0.1'],
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

const apiServerFlags = (folder: string, store: string, port: string): string[] => {
  const pki = (name: string) => join(folder, 'pki', name);
  return [
    `--etcd-servers=${store}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    // A test that floods it must not be slowed by fairness between users that are all the same test.
    '--max-requests-inflight=0',
    '--max-mutating-requests-inflight=0',
    '--enable-priority-and-fairness=false',
  ];
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
