/** A person's kubeconfig, read as kubectl reads it. The library costs 80 MB of memory, so a pod never loads this file. */
import type { Agent, RequestOptions } from 'node:https';
import { type Clock, systemClock } from '../clock.ts';
import { type Credentials, type Identity, remembered } from './credentials.ts';
import type { Choice } from './kubeconfig-files.ts';
import { kubectlConfig } from './kubectl-config.ts';

/** Tokens from files, plugins and certificates are looked up anew this often; the library keeps what is valid for longer. */
const REREAD_MS = 30_000;

/** From `file`, or where kubectl looks; nothing when there is no kubeconfig. */
export function kubeconfigCredentials({
  clock = systemClock,
  env = process.env,
  ...choice
}: Choice & { readonly clock?: Clock; readonly env?: NodeJS.ProcessEnv } = {}): Credentials | undefined {
  const config = kubectlConfig(choice, env);
  const cluster = config?.getCurrentCluster();
  if (!config || !cluster) return undefined;
  const proxied = cluster.proxyUrl !== undefined;
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    identity: remembered(clock, REREAD_MS, async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return identityOf(options, proxied);
    }),
  };
}

function identityOf(options: RequestOptions, proxied: boolean): Identity {
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]);
  if (options.auth) headers.push(['authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`]);
  const { ca, cert, key, servername, rejectUnauthorized, agent } = options;
  const tls = { ca: text(ca), cert: text(cert), key: text(key), servername, rejectUnauthorized };
  return {
    headers: Object.fromEntries(headers),
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
    ...(proxied && agent ? { agent: agent as Agent } : {}),
  };
}

const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));
