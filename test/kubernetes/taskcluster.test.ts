import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Transport } from '../../operator/src/runtime/http/transport.ts';
import { describeWithApi } from './cluster.ts';
import { installDefinition, transportOf, tried } from './resource.ts';
import { WRONG } from './wrong-manifests.ts';

describeWithApi('a TaskCluster', (api) => {
  let transport: Transport;
  beforeAll(async () => {
    transport = transportOf(api);
    await installDefinition(transport);
  });
  const specOf = async (yaml: string) => (await tried(transport, { spec: parse(yaml) })).spec;

  test.each(WRONG)('is refused with $title', async ({ spec = '{}', name = 'malaria', helps }) => {
    const answer = tried(transport, { metadata: { name }, spec: parse(spec) });
    await expect(answer).rejects.toThrow(helps);
  });

  test('may say nothing at all', async () => {
    const { spec } = await tried(transport, {});
    expect(spec).toEqual({ workers: { replicas: 1 }, suspend: false, drainSeconds: 300 });
  });

  test('has defaults in what it names', async () => {
    const spec = await specOf('{workerGroups: [{name: gpu}], scheduler: {service: {}}, idle: {seconds: 60}}');
    expect(spec).toMatchObject({
      workerGroups: [{ name: 'gpu', replicas: 1 }],
      scheduler: { service: { type: 'ClusterIP' } },
      idle: { seconds: 60, action: 'Delete' },
    });
  });

  test('takes amounts as people write them', async () => {
    const limits = '{cpu: 2, memory: 4Gi, ephemeral-storage: 10G, nvidia.com/gpu: "1"}';
    const resources = `{requests: {cpu: "0.5", memory: 1e9}, limits: ${limits}}`;
    await expect(specOf(`{workers: {resources: ${resources}}}`)).resolves.toMatchObject({
      workers: { resources: { requests: { cpu: '0.5' }, limits: { cpu: 2, memory: '4Gi' } } },
    });
  });

  test('keeps all of a pod template', async () => {
    const pod = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      containers: [
        {
          name: 'worker',
          image: 'acme/gpu:1',
          command: ['nice'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
        { name: 'sidecar', image: 'acme/sidecar:1', args: ['--quiet'] },
      ],
    };
    const { spec } = await tried(transport, { spec: { workers: { template: { spec: pod } } } });
    expect(spec).toMatchObject({ workers: { template: { spec: pod } } });
  });

  test.each([
    'acme/worker',
    'localhost:5000/acme/worker:1.2',
    'ghcr.io/acme/worker@sha256:'.padEnd(91, 'a'),
    'ghcr.io/acme/sub_dir/worker--x:v1.0-rc.1',
  ])('takes the image %s', async (image) => {
    await expect(specOf(JSON.stringify({ image }))).resolves.toMatchObject({ image });
  });

  test('takes the longest names that there can be', async () => {
    const metadata = { name: 'a'.repeat(40) };
    const spec = { workerGroups: [{ name: 'b'.repeat(16) }] };
    await expect(tried(transport, { metadata, spec })).resolves.toMatchObject({ spec });
  });

  test('can be scaled, watched by an autoscaler, and told apart by its columns', async () => {
    const groups = (await transport.json({ method: 'GET', path: '/apis/taskloom.dev/v1alpha1' })) as {
      resources: { name: string; shortNames?: string[]; categories?: string[] }[];
    };
    expect(groups.resources.map(({ name }) => name).sort()).toEqual([
      'taskclusters',
      'taskclusters/scale',
      'taskclusters/status',
    ]);
    expect(groups.resources[0]).toMatchObject({ shortNames: ['tkc'], categories: ['taskloom'] });
  });
});
