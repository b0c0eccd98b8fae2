/** The programs of a Kubernetes, compiled from their Go modules, once for each version. Those in `modules/` pin the versions. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubernetesUnavailable } from './unavailable.ts';

const run = promisify(execFile);

/** Outside the checkout, so that `git clean` and a second clone cost nothing. */
export const CACHE = process.env.TASKLOOM_CACHE ?? join(homedir(), '.cache/taskloom');

/** Program: the module in `modules/` that pins it, and its package. */
const PROGRAMS = {
  etcd: ['kubernetes', 'go.etcd.io/etcd/server/v3'],
  'kube-apiserver': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-apiserver'],
  'kube-controller-manager': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-controller-manager'],
  'kube-scheduler': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-scheduler'],
  kubelet: ['kubernetes', 'k8s.io/kubernetes/cmd/kubelet'],
  'kube-proxy': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-proxy'],
  coredns: ['coredns', 'github.com/coredns/coredns'],
  kwok: ['kwok', 'sigs.k8s.io/kwok/cmd/kwok'],
} as const satisfies Record<string, readonly [string, string]>;
export type Program = keyof typeof PROGRAMS;

/** What names the version of each module in its go.mod. */
const VERSIONED = {
  kubernetes: 'k8s.io/kubernetes',
  coredns: 'github.com/coredns/coredns',
  kwok: 'sigs.k8s.io/kwok',
} as const;
type Module = keyof typeof VERSIONED;

const folderOf = (module: Module) => join(import.meta.dirname, 'modules', module);

export async function versionOf(module: Module): Promise<string> {
  const text = await readFile(join(folderOf(module), 'go.mod'), 'utf8');
  const [, version] = text.match(new RegExp(`^\\s*(?:require )?${VERSIONED[module]} v(\\S+)`, 'm')) ?? [];
  if (!version) throw new Error(`test/kubernetes/modules/${module}/go.mod requires no ${VERSIONED[module]}`);
  return version;
}

/** Where it is, or will be once it has been compiled. */
export async function pathOf(program: Program): Promise<string> {
  const [module] = PROGRAMS[program];
  return join(CACHE, module, await versionOf(module), program);
}

export async function allCompiled(programs: readonly Program[]): Promise<boolean> {
  const paths = await Promise.all(programs.map(pathOf));
  return paths.every((path) => existsSync(path));
}

export async function goVersion(): Promise<string | undefined> {
  const found = await run('go', ['version']).catch(() => undefined);
  return found?.stdout.match(/go(\d+\.\d+\S*)/)?.[1];
}

/** Paths of these programs; what is missing is compiled, one after the other, since each compilation takes all cores. */
export async function compiled<P extends Program>(
  programs: readonly P[],
  say: (text: string) => void = () => {},
): Promise<Record<P, string>> {
  const paths: Partial<Record<P, string>> = {};
  for (const program of programs) {
    const path = await pathOf(program);
    if (!existsSync(path)) await compile(program, path, say);
    paths[program] = path;
  }
  return paths as Record<P, string>;
}

async function compile(program: Program, path: string, say: (text: string) => void): Promise<void> {
  if (!(await goVersion())) {
    throw new KubernetesUnavailable(`${program} must be compiled once, and there is no Go on the PATH`);
  }
  const [module, source] = PROGRAMS[program];
  await mkdir(join(path, '..'), { recursive: true });
  say(`Compiling ${program} ${await versionOf(module)}; this happens once and takes up to three minutes ...`);
  // Renamed when complete: two runs at once may both compile, but neither sees half a file.
  const part = `${path}.${process.pid}`;
  const flags = ['-trimpath', '-ldflags', await linkerFlags(), '-o', part];
  await run('go', ['build', ...flags, source], {
    cwd: folderOf(module),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    maxBuffer: 16 << 20,
  });
  await rename(part, path);
}

/** Without a version the server reports v0.0.0, and clients take it for something ancient. */
async function linkerFlags(): Promise<string> {
  const version = await versionOf('kubernetes');
  const [major, minor] = version.split('.');
  const facts = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const set = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ['-s -w', ...set].join(' ');
}
