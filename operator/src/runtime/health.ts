/** What the kubelet and Prometheus ask: plain HTTP, as their probes and scrapes expect of an operator. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Nothing when all is well, else what is not. */
export type Check = () => string | undefined;

export interface Asked {
  readonly contentType: string;
  readonly status: number;
  readonly body: string;
}

export type Route = () => Asked | Promise<Asked>;

/** Each check by name, as the API server's own /readyz lists them. */
export function checked(checks: Readonly<Record<string, Check>>): Route {
  return () => {
    const lines = Object.entries(checks).map(([name, check]) => ({ name, trouble: check() }));
    const well = lines.every(({ trouble }) => trouble === undefined);
    const body = lines.map(({ name, trouble }) => (trouble ? `[-]${name}: ${trouble}` : `[+]${name} ok`));
    return { contentType: 'text/plain', status: well ? 200 : 500, body: `${body.join('\n')}\n` };
  };
}

export interface Served {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves until closed. Port 0 takes any that is free. */
export async function serve(
  routes: Readonly<Record<string, Route>>,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
): Promise<Served> {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    try {
      const asked = route ? await route() : { contentType: 'text/plain', status: 404, body: 'not here\n' };
      response.writeHead(asked.status, { 'content-type': asked.contentType }).end(asked.body);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error}\n`);
    }
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await listening(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
