/** A port of this machine that leads to a port of a pod, for processes that know nothing of Kubernetes. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Listener {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Every connection gets a tunnel of its own, so that the next one works when one was cut. One that cannot be opened is told to
 * `failed`, and its connection is closed. Rejects with the error of `listen` (EADDRINUSE, EACCES).
 */
export async function openListener(
  open: () => Promise<Duplex>,
  { port = 0, failed }: { readonly port?: number; readonly failed: (error: Error) => void },
): Promise<Listener> {
  const lines = new Set<Socket>();
  const server = createServer({ noDelay: true }, (line) => {
    lines.add(line);
    line.once('close', () => lines.delete(line));
    line.on('error', () => {});
    open().then(
      (tunnel) => join(line, tunnel),
      (error) => {
        failed(error);
        line.destroy();
      },
    );
  });
  await listening(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const line of lines) line.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Both end together. */
function join(line: Socket, tunnel: Duplex): void {
  tunnel.on('error', () => line.destroy());
  tunnel.once('close', () => line.end());
  line.once('close', () => tunnel.destroy());
  if (line.destroyed) tunnel.destroy();
  else line.pipe(tunnel).pipe(line);
}

const listening = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
