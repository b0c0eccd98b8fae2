/** Puts the operator into the cluster: the chart with the images that were built last. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from './cluster-up.ts';
import { IMAGES } from './images.ts';
import { tool } from './kubectl.ts';

const run = promisify(execFile);
const CHART = join(import.meta.dirname, '../../charts/taskloom');
export const RELEASE = 'taskloom';
export const OPERATOR_NAMESPACE = 'taskloom-system';

export async function helm({ kubeconfig }: Cluster, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await tool('helm'), [...args, '--kubeconfig', kubeconfig], {
    maxBuffer: 16 << 20,
  });
  return stdout;
}

/** What the chart needs to know to run the images of this checkout. */
export async function valuesOf({ from }: Cluster): Promise<string[]> {
  const own = process.env.TASKLOOM_IMAGE;
  if (from === 'handed-in' && !own) {
    throw new Error(
      'A cluster that was handed in takes its images from a registry: push one there and set TASKLOOM_IMAGE to its name',
    );
  }
  const [, repository = '', tag = ''] = (own ?? IMAGES.taskloom.name).match(/^(.*):([^:/]+)$/) ?? [];
  // The tag stays the same from build to build; this makes new pods of a new image.
  const digest = own ? tag : await digestOf(IMAGES.taskloom.archive);
  const values = { 'image.repository': repository, 'image.tag': tag, 'podAnnotations.image': digest };
  return Object.entries(values).flatMap(([name, value]) => ['--set-string', `${name}=${value}`]);
}

export async function deploy(cluster: Cluster, ...more: readonly string[]): Promise<void> {
  const place = ['--namespace', OPERATOR_NAMESPACE, '--create-namespace'];
  const values = await valuesOf(cluster);
  await helm(
    cluster,
    ...['upgrade', '--install', RELEASE, CHART, ...place, ...values],
    ...['--wait', '--timeout', '120s', ...more],
  );
}

async function digestOf(archive: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archive)) hash.update(chunk);
  return hash.digest('hex').slice(0, 16);
}
