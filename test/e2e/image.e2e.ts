/** The image that users pull and build on. */
import { expect, test } from 'vitest';
import { compressedBytes, IMAGES } from '../kubernetes/images.ts';
import { cluster, describeOnNode } from './on-node.ts';

const MOST_BYTES = 65e6;

const pod = (name: string, image: string, command: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    restartPolicy: 'Never',
    containers: [
      {
        name: 'main',
        image,
        imagePullPolicy: 'IfNotPresent',
        command,
        securityContext: { readOnlyRootFilesystem: true },
      },
    ],
  },
});

describeOnNode('the image', (place) => {
  test.runIf(cluster.from !== 'handed-in')('is small', async () => {
    expect(await compressedBytes(IMAGES.taskloom.archive)).toBeLessThan(MOST_BYTES);
  });

  const inside = `
    import { accessSync, constants } from 'node:fs';
    import { execFileSync } from 'node:child_process';
    const reaches = (program) => { try { execFileSync('sh', ['-c', 'command -v ' + program]); return true; } catch { return false; } };
    const { LocalCluster } = await import('@taskloom/client');
    console.log(JSON.stringify({
      user: process.getuid(),
      tools: ['npm', 'yarn', 'apt-get', 'gcc', 'curl'].filter(reaches),
      library: typeof LocalCluster,
      kubernetes: typeof (await import('@taskloom/client/kubernetes')).KubeCluster,
      version: execFileSync('taskloom', ['--version'], { encoding: 'utf8' }).trim(),
    }));`;

  test('runs as a user with a number, has the command line and the library, and nothing to build with', async () => {
    const command = ['node', '--input-type=module', '-e', inside];
    await place.apply(pod('inside', IMAGES.taskloom.name, command));
    await place.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/inside', '--timeout=60s');
    expect(JSON.parse(await place.kubectl('logs', 'inside'))).toMatchObject({
      user: 1000,
      tools: [],
      library: 'function',
      kubernetes: 'function',
      version: '0.1.0',
    });
  });

  test('of the examples has the packages of their tasks where tasks look', async () => {
    const code = "console.log(require('node:fs').readdirSync('/app/node_modules'))";
    await place.apply(pod('packages', IMAGES.examples.name, ['node', '-e', code]));
    await place.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/packages', '--timeout=60s');
    expect(await place.kubectl('logs', 'packages')).toContain('vega-datasets');
  });
});
