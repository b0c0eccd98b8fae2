import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeWithApi } from './cluster.ts';
import { kubectl } from './kubectl.ts';
import { newNamespace } from './namespace.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'examples/kubernetes');
const manifests = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describeWithApi('the API server takes', (api) => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await newNamespace(api, 'examples');
    await kubectl(api, 'apply', '--server-side', '--force-conflicts', '-f', join(root, 'crds'));
    await kubectl(api, 'wait', '--for=condition=Established', 'crd/taskclusters.taskloom.dev');
  });

  test.each(manifests)('examples/kubernetes/%s', async (name) => {
    const applied = await kubectl(
      api,
      ...['apply', '--namespace', namespace, '--dry-run=server', '--validate=strict'],
      ...['-f', join(folder, name)],
    );
    expect(applied).toContain('created (server dry run)');
  });

  test('at least five of them', () => expect(manifests.length).toBeGreaterThanOrEqual(5));
});
