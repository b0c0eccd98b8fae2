/** What somebody deletes or changes of a cluster's objects is put right, on a real API server. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWithApi } from '../../test/kubernetes/cluster.ts';
import { PODS, SECRETS } from './reconciler/kinds.ts';
import type { KubeObject, Resource } from './runtime/index.ts';
import { OperatorStage, SOON } from './testing/operator-stage.ts';

/** What the issue allows. */
const TWO_SECONDS = { timeout: 2_000, interval: 10 } as const;

describeWithApi('what somebody does to the objects of a cluster', (api) => {
  let stage: OperatorStage;
  beforeAll(async () => {
    if (api.controllers) return;
    stage = await OperatorStage.withOperator(api);
    await stage.create('malaria', { workers: { replicas: 4 } });
    await stage.ready('malaria');
  });
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const children = async () => (await stage.belongings()).filter(([of]) => of !== PODS && of !== SECRETS);
  const saidOf = ({ metadata, ...rest }: KubeObject & { status?: unknown }) => {
    const { labels, annotations, ownerReferences } = metadata;
    return { ...rest, status: undefined, labels, annotations, ownerReferences };
  };

  /** Each of a kind is as it was before, but that it may be another one. */
  async function isRight(of: Resource, before: KubeObject): Promise<void> {
    const found = async () => {
      const now = await stage.get(of, before.metadata.name);
      return now && saidOf(now);
    };
    await expect.poll(found, TWO_SECONDS).toEqual(expectedOf(before));
  }
  const expectedOf = (before: KubeObject) => {
    const said = saidOf(before) as { spec?: { clusterIP?: string; clusterIPs?: string[] } };
    // A Service that was deleted has another address.
    const { clusterIP, ...spec } = said.spec ?? {};
    if (clusterIP === undefined) return said;
    return { ...said, spec: { ...spec, clusterIP: expect.any(String), clusterIPs: expect.any(Array) } };
  };

  test('each kind of object that is deleted is there again within 2 s', async () => {
    for (const [of, object] of await children()) {
      await stage.kube.delete(of, object.metadata);
      await expect
        .poll(async () => (await stage.get(of, object.metadata.name))?.metadata.uid, TWO_SECONDS)
        .not.toBe(object.metadata.uid);
      await isRight(of, object);
    }
    await stage.ready('malaria');
  });

  /** For each kind what can be done to it. */
  const CHANGES: Readonly<Record<string, readonly object[]>> = {
    ServiceAccount: [{ automountServiceAccountToken: true }],
    Service: [
      { spec: { selector: { added: 'x' } } },
      { spec: { ports: [{ name: 'cluster', port: 1, targetPort: 1 }] } },
    ],
    StatefulSet: [
      { spec: { replicas: 0 } },
      { spec: { updateStrategy: null } },
      { spec: { template: { spec: { automountServiceAccountToken: true } } } },
    ],
    ControllerRevision: [{ metadata: { labels: { 'taskloom.dev/role': 'other' } } }],
    NetworkPolicy: [
      { spec: { podSelector: { matchLabels: { added: 'x' } } } },
      { spec: { ingress: [] } },
      { spec: { policyTypes: ['Ingress', 'Egress'] } },
    ],
    PodDisruptionBudget: [{ spec: { minAvailable: 0 } }, { spec: { selector: { matchLabels: { a: 'b' } } } }],
  };
  const EVERYWHERE = [
    { metadata: { labels: null } },
    { metadata: { labels: { 'app.kubernetes.io/managed-by': 'somebody' } } },
    { metadata: { ownerReferences: null } },
  ];

  test('each kind of object that is changed is as it was within 2 s', async () => {
    for (const [of, object] of await children()) {
      const changes = [...(CHANGES[of.kind] ?? []), ...EVERYWHERE];
      expect(changes.length).toBeGreaterThan(EVERYWHERE.length);
      for (const change of changes) {
        await stage.kube.merge(of, object.metadata, change);
        await isRight(of, object);
      }
    }
    await stage.ready('malaria');
    expect(stage.troubles).toEqual([]);
  });

  test('what is said beside ours stays', async () => {
    const [[of, object] = []] = (await children()).filter(([{ kind }]) => kind === 'Service');
    if (!of || !object) throw new Error('there is no Service');
    const ports = [{ name: 'theirs', port: 9_999, targetPort: 9_999, protocol: 'TCP' }];
    await stage.kube.apply(of, {
      metadata: { ...stage.at(object), labels: { team: 'a' } },
      spec: { ports },
    } as KubeObject);
    // What is counted of the tests before is written, too.
    for (let minutes = 0; minutes < 3; minutes++) await stage.pass(60_000);
    const writes = stage.writes.length;
    await stage.pass(60_000);
    expect(stage.writes.length).toBe(writes);
    expect(await stage.get(of, object.metadata.name)).toMatchObject({
      metadata: { labels: { team: 'a' } },
      spec: { ports: expect.arrayContaining([expect.objectContaining({ port: 9_999 })]) },
    });
  });

  test('a worker that has lost its owner has it again, and none is made in its place', async () => {
    const uidsOf = async () => (await stage.list(PODS)).map(({ metadata }) => metadata.uid).sort();
    const before = await uidsOf();
    for (const { metadata } of await stage.list(PODS)) {
      if (metadata.name.endsWith('-scheduler-0')) continue;
      await stage.kube.merge(PODS, metadata, { metadata: { ownerReferences: null } });
      const owners = async () => (await stage.get(PODS, metadata.name))?.metadata.ownerReferences;
      await expect.poll(owners, TWO_SECONDS).toEqual(metadata.ownerReferences);
    }
    await stage.ready('malaria');
    expect(await uidsOf()).toEqual(before);
  });

  test('each Secret that is deleted or changed is right within a minute', async () => {
    const secrets = await stage.list(SECRETS);
    expect(secrets).toHaveLength(4);
    for (const secret of secrets) {
      const [key = ''] = Object.keys(secret.data ?? {});
      await stage.kube.merge(SECRETS, secret.metadata, { data: { [key]: 'd3Jvbmc=' } });
      await stage.pass(60_000);
      await expect.poll(() => healthy(), SOON).toBe(true);
    }
    for (const change of EVERYWHERE) {
      for (const { metadata } of secrets) await stage.kube.merge(SECRETS, metadata, change);
      await stage.pass(60_000);
      for (const { metadata } of secrets) {
        const now = async () => saidOf((await stage.get(SECRETS, metadata.name)) as KubeObject);
        await expect
          .poll(now, SOON)
          .toMatchObject({ labels: metadata.labels, ownerReferences: metadata.ownerReferences });
      }
    }
    for (const { metadata } of secrets) {
      await stage.kube.delete(SECRETS, metadata);
      await stage.pass(60_000);
      await expect.poll(() => healthy(), SOON).toBe(true);
    }
    await stage.ready('malaria');
  });

  /** One authority, one token of each kind. */
  async function healthy(): Promise<boolean> {
    const texts = new Map<string, Set<string>>();
    const secrets = await stage.list(SECRETS);
    for (const { data = {} } of secrets) {
      for (const [key, text] of Object.entries(data)) {
        const name = key === 'token' ? 'client-token' : key;
        if (name.startsWith('tls')) continue;
        texts.set(name, (texts.get(name) ?? new Set()).add(text));
      }
    }
    return (
      secrets.length === 4 &&
      [...texts.values()].every(({ size }) => size === 1) &&
      !texts.get('ca.crt')?.has('d3Jvbmc=')
    );
  }
});
