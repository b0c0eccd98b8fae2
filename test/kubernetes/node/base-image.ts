/**
 * A stand-in for the official Node image under its own name, for machines that reach no image registry: Debian by debootstrap, the
 * Node that runs this, npm. Dockerfiles are built unchanged.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE } from '../binaries.ts';
import { buildArchive, buildah } from './build-image.ts';

const run = promisify(execFile);
export const BASE_IMAGE = 'docker.io/library/node:24-bookworm-slim';
const ARCHIVE = join(CACHE, 'images/node-24-bookworm-slim.tar');
/** As in the official image of Node 24. */
const NPM = 'npm@11.6.2';
/** Trusts whom this machine trusts, since npm has to work in it as it does here. */
const CONTAINERFILE = `FROM scratch
ADD root.tar /
ENV NODE_USE_SYSTEM_CA=1
RUN groupadd -g 1000 node && useradd -u 1000 -g node -m node
CMD ["node"]
`;

/** Makes sure that buildah has it. */
export async function baseImage(say: (text: string) => void): Promise<void> {
  if (await isStored()) return;
  if (existsSync(ARCHIVE)) {
    await buildah('pull', '-q', `docker-archive:${ARCHIVE}`);
    return;
  }
  say(`Making a stand-in for ${BASE_IMAGE}; this happens once ...`);
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-base-'));
  try {
    await makeRoot(join(folder, 'root'));
    await run('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'root.tar'), '.']);
    await rm(join(folder, 'root'), { recursive: true });
    const file = join(folder, 'Containerfile');
    await writeFile(file, CONTAINERFILE);
    await buildArchive({ name: BASE_IMAGE, file, context: folder, archive: ARCHIVE });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function makeRoot(root: string): Promise<void> {
  if (!process.version.startsWith('v24.'))
    throw new Error(`the stand-in needs Node 24, not ${process.version}`);
  const include = '--include=ca-certificates,libstdc++6';
  await run('debootstrap', ['--variant=minbase', include, 'bookworm', root], { maxBuffer: 16 << 20 });
  for (const path of [
    'var/cache/apt/archives',
    'var/lib/apt/lists',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
  ]) {
    await rm(join(root, path), { recursive: true, force: true });
  }
  const trusted = 'etc/ssl/certs/ca-certificates.crt';
  if (existsSync(`/${trusted}`)) await copyFile(`/${trusted}`, join(root, trusted));
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
  await addNpm(root);
}

async function addNpm(root: string): Promise<void> {
  const modules = join(root, 'usr/local/lib/node_modules');
  await mkdir(modules, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--silent', NPM], { cwd: modules });
  const archive = join(modules, stdout.trim());
  await run('tar', ['-xzf', archive, '-C', modules]);
  await rm(archive);
  await rename(join(modules, 'package'), join(modules, 'npm'));
  for (const name of ['npm', 'npx']) {
    await run('ln', ['-s', `../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name)]);
    await run('chmod', ['755', join(modules, `npm/bin/${name}-cli.js`)]);
  }
}

async function isStored(): Promise<boolean> {
  const id = await buildah('images', '-q', BASE_IMAGE).catch(() => '');
  return id.trim() !== '';
}
