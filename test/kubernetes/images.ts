/** The project's images, built by Docker where it works, else by buildah, and put into the cluster if one is up. */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { CACHE } from './binaries.ts';
import type { Build } from './build.ts';
import { type Cluster, loadImage } from './cluster-up.ts';
import { dockerWorks } from './kind.ts';
import { baseImage } from './node/base-image.ts';
import { buildArchive } from './node/build-image.ts';
import { installPackages } from './node/packages.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const NPMRC = join(homedir(), '.npmrc');

export const IMAGES = {
  taskloom: {
    name: 'docker.io/taskloom/taskloom:dev',
    file: join(ROOT, 'images/Dockerfile'),
    context: join(ROOT, 'images'),
    archive: join(CACHE, 'images/taskloom.tar'),
  },
  examples: {
    name: 'docker.io/taskloom/examples:dev',
    file: join(ROOT, 'images/examples.Dockerfile'),
    context: join(ROOT, 'examples'),
    archive: join(CACHE, 'images/examples.tar'),
    arguments: { TASKLOOM: 'docker.io/taskloom/taskloom:dev' },
    // A registry of one's own, with its token, reaches the build without becoming part of the image.
    ...(existsSync(NPMRC) ? { secrets: { npmrc: NPMRC } } : {}),
  },
} as const satisfies Record<string, Build>;

export async function buildImages(say: (text: string) => void): Promise<void> {
  const node = process.execPath;
  await run('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  await run(node, [join(ROOT, 'images/bundle.mjs')], { cwd: ROOT });
  const docker = await dockerWorks();
  if (!docker) {
    await installPackages(say);
    await baseImage(say);
  }
  for (const image of Object.values(IMAGES)) {
    await (docker ? buildByDocker(image) : buildArchive(image));
    say(`${image.name}: ${((await compressedBytes(image.archive)) / 1e6).toFixed(1)} MB compressed`);
  }
}

export async function loadImages(cluster: Cluster): Promise<void> {
  for (const { archive } of Object.values(IMAGES)) await loadImage(cluster, archive);
}

/** As a registry would keep it, with gzip. */
export async function compressedBytes(archive: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(archive).pipe(createGzip())) bytes += chunk.length;
  return bytes;
}

async function buildByDocker({ name, file, context, archive, ...given }: Build): Promise<void> {
  const set = Object.entries(given.arguments ?? {}).flatMap(([key, value]) => [
    '--build-arg',
    `${key}=${value}`,
  ]);
  const secrets = Object.entries(given.secrets ?? {}).flatMap(([id, path]) => [
    '--secret',
    `id=${id},src=${path}`,
  ]);
  await run('docker', ['build', '-q', ...set, ...secrets, '-t', name, '-f', file, context]);
  await mkdir(dirname(archive), { recursive: true });
  await run('docker', ['save', '-o', archive, name]);
}
