import { connect, type OnReadOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { letGo } from '../let-go.ts';
import { pour } from './pour.ts';

/** The authority that signed the other side's certificate (PEM), and the name that it must say, whatever its address. */
export interface Trust {
  readonly ca: string;
  readonly servername: string;
}

export interface Way {
  /** Needed for https and wss. */
  readonly trust?: Trust | undefined;
  /** A stream that leads there, such as a port-forward, inside which TLS is spoken. A connection of its own unless given. */
  readonly over?: Duplex | undefined;
  /** Memory of the caller's choice that is read into; such a socket has no `data`. */
  readonly onread?: OnReadOpts | undefined;
}

/** Loaded when something is dialled inside TLS: a local cluster starts without. */
function tlsModule(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}

/** A bare socket to where `url` points, inside TLS for https and wss. It may still be connecting; what fails is its `error`. */
export function connectTo(url: URL, { trust, over, onread }: Way): Socket {
  if (over) {
    const socket = tlsModule().connect({ ...trust, socket: over });
    // Node leaves `onread` aside where TLS is spoken over a stream.
    if (onread) readInto(onread, socket);
    return socket;
  }
  const to = { host: url.hostname.replace(/^\[|\]$/g, ''), ...(onread && { onread }) };
  if (url.protocol === 'http:' || url.protocol === 'ws:')
    return connect({ ...to, port: Number(url.port) || 80, noDelay: true });
  return tlsModule()
    .connect({ ...to, ...trust, port: Number(url.port) || 443 })
    .setNoDelay(true);
}

function readInto(onread: OnReadOpts, socket: Socket): void {
  socket.on('data', (chunk: Buffer<ArrayBuffer>) => {
    if (!pour(chunk, onread)) socket.pause();
    letGo(chunk);
  });
}
