import { describe, expect, test } from 'vitest';
import { manifestOf } from './options.ts';

const specOf = (options: Parameters<typeof manifestOf>[0]) => manifestOf(options, 'team-a').spec;

describe('options of a new cluster', () => {
  test('make the resource that people would write', () => {
    expect(manifestOf({ name: 'malaria', workers: 50 }, 'team-a')).toEqual({
      apiVersion: 'taskloom.dev/v1alpha1',
      kind: 'TaskCluster',
      metadata: { name: 'malaria', namespace: 'team-a' },
      spec: { workers: { replicas: 50 }, idle: { seconds: 1200, action: 'Delete' } },
    });
  });

  test('say what each worker is, in all groups', () => {
    const limits = { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': 1 };
    const spec = specOf({
      name: 'x',
      image: 'acme/worker:1',
      threads: 2,
      resources: { limits: { cpu: 2 } },
      env: { RATE: '0.5' },
      workerGroups: [{ name: 'gpu', workers: 3, resources: { limits }, env: { CUDA: '1' } }],
    });
    expect(spec).toEqual({
      image: 'acme/worker:1',
      workers: { threads: 2, resources: { limits: { cpu: 2 } }, env: [{ name: 'RATE', value: '0.5' }] },
      workerGroups: [
        { name: 'gpu', replicas: 3, resources: { limits }, env: [{ name: 'CUDA', value: '1' }] },
      ],
      idle: { seconds: 1200, action: 'Delete' },
    });
  });

  test('may say otherwise of idle clusters, or nothing', () => {
    const idle = { seconds: 60, action: 'Suspend' } as const;
    expect(specOf({ name: 'x', idle })).toEqual({ workers: {}, idle });
    expect(specOf({ name: 'x', idle: false })).toEqual({ workers: {} });
  });

  test('are laid under a spec, map by map', () => {
    const template = { spec: { nodeSelector: { disk: 'ssd' } } };
    const spec = specOf({ name: 'x', workers: 2, spec: { workers: { template }, drainSeconds: 5 } });
    expect(spec).toEqual({
      workers: { replicas: 2, template },
      idle: { seconds: 1200, action: 'Delete' },
      drainSeconds: 5,
    });
  });
});
