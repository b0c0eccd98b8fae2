/** Which kubeconfigs kubectl would read; by itself, so that a pod, which has none, need not load what reads them. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Choice {
  /** A kubeconfig instead of those that kubectl would read. */
  readonly file?: string | undefined;
  /** A context instead of the current one. */
  readonly context?: string | undefined;
}

/** Files that are named in the environment and not there are passed over. */
export function kubeconfigFiles({ file }: Choice, env: NodeJS.ProcessEnv = process.env): string[] {
  if (file !== undefined) return [file];
  const { KUBECONFIG, HOME = homedir() } = env;
  const named = KUBECONFIG ? KUBECONFIG.split(delimiter) : [join(HOME, '.kube', 'config')];
  return [...new Set(named)].filter((path) => path !== '' && existsSync(path));
}
