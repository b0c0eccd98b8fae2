/** Which server, user and namespace kubectl would take: the rules of client-go's ClientConfigLoadingRules. */
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from '../errors.ts';
import { type Choice, kubeconfigFiles } from './kubeconfig-files.ts';

/** Nothing when there is no kubeconfig anywhere; then a pod has its service account. */
export function kubectlConfig(choice: Choice, env: NodeJS.ProcessEnv = process.env): KubeConfig | undefined {
  const files = kubeconfigFiles(choice, env);
  if (files.length === 0) return undefined;
  const config = merged(files.map(read));
  if (choice.context !== undefined) config.setCurrentContext(choice.context);
  checkContext(config, files);
  return config;
}

function read(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new ApiError('bad-request', `the kubeconfig ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return config;
}

/** What several files say, the first says. */
function merged(parts: readonly KubeConfig[]): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: firstOfEachName(parts.flatMap((part) => part.getClusters())),
    users: firstOfEachName(parts.flatMap((part) => part.getUsers())),
    contexts: firstOfEachName(parts.flatMap((part) => part.getContexts())),
    currentContext: parts.map((part) => part.getCurrentContext()).find(Boolean),
  });
  return config;
}

function firstOfEachName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  const known = new Map<string, T>();
  for (const one of all) if (!known.has(one.name)) known.set(one.name, one);
  return [...known.values()];
}

function checkContext(config: KubeConfig, files: readonly string[]): void {
  const wanted = config.getCurrentContext();
  if (wanted && config.getContextObject(wanted) && config.getCurrentCluster()) return;
  const names = config.getContexts().map((context) => context.name);
  const there = names.length > 0 ? `there are ${names.join(', ')}` : 'it has no contexts';
  const where = files.join(', ');
  if (!wanted) {
    throw new ApiError(
      'bad-request',
      `no context is chosen in ${where}; ${there}: kubectl config use-context NAME`,
    );
  }
  throw new ApiError('bad-request', `${where} has no context "${wanted}" with a cluster; ${there}`);
}
