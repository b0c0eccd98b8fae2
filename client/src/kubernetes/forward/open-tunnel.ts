import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { isApiError, refused } from '@taskloom/operator/runtime';
import { ClientError } from '../../errors.ts';
import { failureOf } from '../failures.ts';
import type { Target } from '../target.ts';
import { SUBPROTOCOL, Tunnel, type TunnelOptions } from './tunnel.ts';
import { upgrade } from './upgrade.ts';

export interface PodPort {
  readonly pod: string;
  readonly port: number;
}

export type TunnelWay = Pick<TunnelOptions, 'lends'>;

/** The API server has this long to reach the pod, in milliseconds. */
const OPEN_MS = 10_000;

/** Fails with ClientError `unreachable`, or `forbidden` or `not-found` when the API server says so. */
export async function openTunnel(target: Target, to: PodPort, way: TunnelWay = {}): Promise<Tunnel> {
  try {
    return await opened(target, to, way);
  } catch (error) {
    if (!isApiError(error, 'unauthorized')) throw failureOf(error, target);
  }
  // A token may have ended meanwhile.
  await target.credentials.identity(true);
  return opened(target, to, way).catch((error) => {
    throw failureOf(error, target);
  });
}

async function opened(target: Target, to: PodPort, way: TunnelWay): Promise<Tunnel> {
  const { headers, tls, agent } = await target.credentials.identity();
  const upgraded = await upgrade(urlOf(target, to), {
    ...tls,
    headers,
    agent: agent ?? false,
    subprotocol: SUBPROTOCOL,
    openMs: OPEN_MS,
    refused: (answer) => refusalOf(answer, to),
  });
  return new Tunnel(upgraded, { name: `${to.pod}:${to.port}`, ...way });
}

function urlOf({ server, namespace }: Target, { pod, port }: PodPort): URL {
  const base = server.pathname.replace(/\/$/, '');
  const url = new URL(`${base}/api/v1/namespaces/${namespace}/pods/${pod}/portforward`, server);
  url.searchParams.set('ports', String(port));
  return url;
}

async function refusalOf(response: IncomingMessage, { pod }: PodPort): Promise<Error> {
  const body = await text(response).catch(() => '');
  const status = response.statusCode ?? 0;
  if (status === 503 || status === 502 || status === 500)
    return new ClientError('unreachable', `the port-forward to ${pod} cannot be opened: ${said(body)}`);
  return refused(status, parsed(body), `port-forward to ${pod}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: body };
  }
}

function said(body: string): string {
  const { message } = parsed(body) as { message?: unknown };
  return typeof message === 'string' && message !== '' ? message : 'no reason was given';
}
