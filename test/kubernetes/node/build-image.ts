/** Images without Docker: buildah as root, each step in a chroot. */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Build } from '../build.ts';

const run = promisify(execFile);
const BUILDAH = ['--storage-driver', 'vfs'];

export async function buildArchive({
  name,
  file,
  context,
  archive,
  arguments: given = {},
}: Build): Promise<void> {
  const set = Object.entries(given).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  await buildah('bud', '--isolation', 'chroot', '--layers', '-q', ...set, '-t', name, '-f', file, context);
  await mkdir(dirname(archive), { recursive: true });
  // buildah refuses to write into an archive that exists.
  const part = `${archive}.${process.pid}`;
  await rm(part, { force: true });
  await buildah('push', '-q', name, `docker-archive:${part}:${name}`);
  await rename(part, archive);
}

export async function buildah(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('buildah', [...BUILDAH, ...args], { maxBuffer: 64 << 20 });
  return stdout;
}
