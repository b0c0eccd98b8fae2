/** The image that holds a pod's namespaces, made here because there is no registry to take it from. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE } from '../binaries.ts';
import { buildArchive } from './build-image.ts';
import { PAUSE_IMAGE } from './settings.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, '../modules/pause');
const CONTAINERFILE = `FROM scratch
COPY pause /pause
USER 65535:65535
ENTRYPOINT ["/pause"]
`;

/** Path of its archive. */
export async function pauseArchive(): Promise<string> {
  const archive = join(CACHE, 'images/pause-1.tar');
  if (existsSync(archive)) return archive;
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-pause-'));
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(folder, 'pause'), '.'], {
    cwd: SOURCE,
    env,
  });
  await writeFile(join(folder, 'Containerfile'), CONTAINERFILE);
  await buildArchive({ name: PAUSE_IMAGE, file: join(folder, 'Containerfile'), context: folder, archive });
  await rm(folder, { recursive: true });
  return archive;
}
