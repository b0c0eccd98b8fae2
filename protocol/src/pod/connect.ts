import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The authority that signed the other side's certificate (PEM), and the name that it must say, whatever its address. */
export interface Trust {
  readonly ca: string;
  readonly servername: string;
}

/** A bare socket to where `url` (http or https) points, that reads into memory of the caller's choice. */
export function connectTo(url: URL, onread: OnReadOpts, trust?: Trust): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:')
    return connect({ host, port: Number(url.port) || 80, onread, noDelay: true });
  // Types of Node lack it; the documentation has it.
  const options = { host, port: Number(url.port) || 443, ...trust, onread };
  const socket = connectTls(options);
  socket.setNoDelay(true);
  return socket;
}
