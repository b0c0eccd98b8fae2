/** A namespace in which only pods of the restricted Pod Security level are admitted. */
import { expect, test } from 'vitest';
import { describeOnNode } from './on-node.ts';
import { haveWorkers, manifest, ready } from './resource.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

describeOnNode(
  'in a restricted namespace',
  (place) => {
    test('the rule holds', async () => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'loose' },
        spec: { containers: [{ name: 'main', image: 'docker.io/taskloom/taskloom:dev' }] },
      };
      await expect(place.apply(pod)).rejects.toThrow('violates PodSecurity "restricted');
    });

    test('everything of a cluster is admitted', async () => {
      await place.apply(manifest('restricted'));
      await ready(place, 'restricted');
      await haveWorkers(place, 'restricted', 2);
    });
  },
  RESTRICTED,
);
