/** Streams between processes of one machine. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import type { AcceptOptions } from './accept-sockets.ts';
import type { Connection } from './port.ts';
import { SocketConnection } from './socket-connection.ts';
import { StreamLine } from './stream-line.ts';

/** A name that nobody else has: of a named pipe on Windows, of an abstract socket on Linux, which leaves no file behind, else of a file. */
export function localPath(): string {
  const name = `taskloom-${randomBytes(12).toString('hex')}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name);
}

/** Takes connections at `path`. Rejects with the error of `listen` (EADDRINUSE). `close` takes no more; those there are stay. */
export async function acceptLocal(
  path: string,
  accepted: (connection: Connection) => void,
  { firstBytes = Limits.helloBytes }: Pick<AcceptOptions, 'firstBytes'> = {},
): Promise<{ close(): void }> {
  const peer = 'a process of this machine';
  const server = createServer((stream) => accepted(connectionOver(stream, peer, firstBytes)));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return { close: () => void server.close() };
}

export interface LocalDialOptions {
  /** Once open it does not keep the process running: who waits for what it brings does. */
  readonly background?: boolean;
}

/** Fails with ProtocolError 'unreachable'. */
export function dialLocal(path: string, { background = false }: LocalDialOptions = {}): Promise<Connection> {
  const peer = 'the scheduler on this machine';
  const stream = connect(path);
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => {
      reject(
        new ProtocolError('unreachable', `no scheduler answers on this machine (${cause.message})`, {
          cause,
        }),
      );
    };
    stream.once('error', failed);
    stream.once('connect', () => {
      stream.off('error', failed);
      if (background) stream.unref();
      resolve(connectionOver(stream, peer, Limits.frameBytes));
    });
  });
}

function connectionOver(stream: Socket, peer: string, firstBytes: number): Connection {
  return new SocketConnection(new StreamLine(stream, peer), peer, firstBytes);
}
