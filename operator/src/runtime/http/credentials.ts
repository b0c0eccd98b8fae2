/** Who we are to the API server, and how we know that it is the API server. */
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';

export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Where a proxy stands in between. */
  readonly agent?: Agent;
}

export interface Credentials {
  readonly server: URL;
  /** The namespace that was named along with the server. */
  readonly namespace: string | undefined;
  /** Asked before every request. `again`: the server did not believe the last answer. */
  identity(again?: boolean): Promise<Identity>;
}

/** Where a pod finds its service account. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Tokens are replaced long before they end (after 80% of an hour); client-go looks once a minute too. */
const REREAD_MS = 60_000;

/** The service account of the pod we run in, or nothing outside of one. Loads no library: it is three files. */
export function inClusterCredentials(
  env: NodeJS.ProcessEnv = process.env,
  { folder = ACCOUNT, clock = systemClock }: { folder?: string; clock?: Clock } = {},
): Credentials | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return undefined;
  const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');
  const identity = remembered(clock, REREAD_MS, async () => ({
    headers: { authorization: `Bearer ${read('token').trim()}` },
    tls: { ca: read('ca.crt') },
  }));
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    namespace: read('namespace').trim(),
    identity,
  };
}

/** Asks anew when the answer is older than `ms`. An answer that cannot be had again goes on being used until it is refused. */
export function remembered(
  clock: Clock,
  ms: number,
  ask: () => Promise<Identity>,
): (again?: boolean) => Promise<Identity> {
  let known: { readonly identity: Identity; readonly at: number } | undefined;
  return async (again = false) => {
    if (known && !again && clock.now() - known.at < ms) return known.identity;
    try {
      known = { identity: await ask(), at: clock.now() };
    } catch (error) {
      if (!known || again) throw error;
    }
    return known.identity;
  };
}
