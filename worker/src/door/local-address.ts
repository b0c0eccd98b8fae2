/** By which of its addresses this machine is seen from another. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';

/** The address from which it reaches the other, of which a URL is given; nothing is sent. Undefined where no way leads there now. */
export async function localAddressTo(url: string): Promise<string | undefined> {
  const { hostname } = new URL(url);
  try {
    const { address, family } = await lookup(hostname.replace(/^\[|\]$/g, ''));
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      // Of a connected datagram socket the system says where it would send from. Any port does.
      socket.connect(9, address);
      await once(socket, 'connect');
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch {
    return undefined;
  }
}

/** Listens on all addresses, none of which it names. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
