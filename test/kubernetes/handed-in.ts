/** The cluster that somebody hands in with KUBECONFIG. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
}

/**
 * Path of the kubeconfig. Tests write to that cluster, and many people have a real one in their environment all day: one that is not
 * on this machine must be allowed by name.
 */
export async function handedIn(): Promise<string | undefined> {
  const path = process.env.KUBECONFIG;
  if (!path) return undefined;
  const server = serverOf(parse(await readFile(path, 'utf8')));
  const { hostname } = new URL(server);
  if (isThisMachine(hostname) || process.env.TASKLOOM_TEST_CLUSTER === server) return path;
  throw new Error(
    `KUBECONFIG leads to ${server}, which is not on this machine, and the tests would write to it. ` +
      `Say TASKLOOM_TEST_CLUSTER=${server} if that is what you want; unset KUBECONFIG to use a cluster made for the tests`,
  );
}

export function serverOf(config: Kubeconfig): string {
  const context = config.contexts?.find(({ name }) => name === config['current-context']);
  const cluster = config.clusters?.find(({ name }) => name === context?.context.cluster);
  if (!cluster)
    throw new Error('KUBECONFIG has no current context with a cluster: kubectl config use-context');
  return cluster.cluster.server;
}

const isThisMachine = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
