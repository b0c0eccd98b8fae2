/** The API client against a real API server, and the contract against the fake of it. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { newNamespace } from '../../../test/kubernetes/namespace.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { apiContract, Changes, CONFIG_MAPS, type ConfigMap } from './api.contract.ts';
import { ApiClient } from './api.ts';
import type { Credentials } from './http/credentials.ts';
import { kubeconfigCredentials } from './http/kubeconfig.ts';
import { Transport } from './http/transport.ts';
import { resource } from './resources.ts';
import { Reflector } from './watch/reflector.ts';
import { sourceOf } from './watch/source.ts';

describe('the fake API server', () => {
  const fake = new FakeApi();
  let transport: Transport;
  beforeAll(async () => {
    transport = new Transport({ credentials: await fake.start() });
  });
  afterAll(async () => {
    transport.close();
    await fake.stop();
  });
  apiContract(() => ({ kube: new ApiClient(transport), namespace: 'ns' }));
});

const STATEFUL_SETS = resource('apps/v1', 'StatefulSet', 'statefulsets');

describeWithApi('the real API server', (api) => {
  let credentials: Credentials;
  let transport: Transport;
  let kube: ApiClient;
  let namespace: string;
  beforeAll(async () => {
    const found = kubeconfigCredentials({ file: api.kubeconfig });
    if (!found) throw new Error('the kubeconfig names no cluster');
    credentials = found;
    transport = new Transport({ credentials });
    kube = new ApiClient(transport);
    namespace = await newNamespace(api, 'runtime');
  });
  afterAll(() => transport.close());
  apiContract(() => ({ kube, namespace }));

  const applied = (data: Record<string, string>): ConfigMap => ({
    metadata: { namespace, name: 'applied' },
    data,
  });

  test('applying says what is ours: what we no longer say goes, what others say stays', async () => {
    const others = new ApiClient(transport, { fieldManager: 'somebody-else' });
    await kube.apply(CONFIG_MAPS, applied({ ours: '1', dropped: '1' }));
    await others.apply(CONFIG_MAPS, applied({ theirs: '1' }));
    const after = await kube.apply(CONFIG_MAPS, applied({ ours: '2' }));
    expect(after.data).toEqual({ ours: '2', theirs: '1' });
  });

  test('applying takes back a field that somebody else changed', async () => {
    await kube.apply(CONFIG_MAPS, applied({ ours: 'right' }));
    await kube.merge(CONFIG_MAPS, { namespace, name: 'applied' }, { data: { ours: 'wrong' } });
    expect((await kube.apply(CONFIG_MAPS, applied({ ours: 'right' }))).data).toMatchObject({ ours: 'right' });
  });

  test('applying the same again changes nothing, not even the version', async () => {
    const first = await kube.apply(CONFIG_MAPS, applied({ ours: 'same' }));
    const second = await kube.apply(CONFIG_MAPS, applied({ ours: 'same' }));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('a dry run tells what is wrong and writes nothing', async () => {
    const metadata = { namespace, name: 'broken' };
    const broken = { metadata, spec: { replicas: -1, selector: {}, serviceName: '', template: {} } };
    const said = kube.apply(STATEFUL_SETS, broken, { dryRun: true });
    await expect(said).rejects.toMatchObject({ code: 'invalid', message: /spec.replicas/ });
    expect(await kube.get(STATEFUL_SETS, metadata)).toBeUndefined();
  });

  test('connections that are cut are made again, and nothing is missed', async () => {
    const wire = new Wire(credentials.server);
    const through = new Transport({ credentials: { ...credentials, server: await wire.open() } });
    const changes = new Changes();
    const reflector = new Reflector<ConfigMap>({
      source: sourceOf(new ApiClient(through), CONFIG_MAPS, { namespace }),
      changed: (change) => changes.add(change),
    });
    void reflector.start();
    await reflector.synced;
    for (let cut = 0; cut < 5; cut++) {
      wire.cut();
      const { metadata } = await kube.create(CONFIG_MAPS, { metadata: { namespace, name: `cut-${cut}` } });
      await changes.of(`added ${metadata.name}`);
    }
    await reflector.stop();
    through.close();
    wire.close();
  });
});

/** A wire between us and the server that can be cut. */
class Wire {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => {
      const far = connect(Number(this.#target.port), this.#target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => {});
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
  }

  async open(): Promise<URL> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new URL(`https://127.0.0.1:${address.port}`);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
