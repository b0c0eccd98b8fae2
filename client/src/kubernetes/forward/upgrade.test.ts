import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type UpgradeOptions, upgrade } from './upgrade.ts';

let server: Server;
let lines: Duplex[];
beforeEach(async () => {
  lines = [];
  server = createServer();
  server.on('connection', (line) => lines.push(line));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  for (const line of lines) line.destroy();
  server.close();
});

function opening(more: Partial<UpgradeOptions> = {}) {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/way`);
  const refused = async (answer: Parameters<UpgradeOptions['refused']>[0]) =>
    new Error(`${answer.statusCode}: ${await text(answer)}`);
  return upgrade(url, { subprotocol: 'channels', openMs: 30_000, refused, ...more });
}

/** The answer to an upgrade. */
function answering(answer: (accept: string) => readonly string[]): void {
  server.once('upgrade', ({ headers }, line) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    line.write(`HTTP/1.1 101 Switching Protocols\r\n${answer(accept).join('\r\n')}\r\n\r\nearly`);
  });
}
const UPGRADED = ['connection: Upgrade', 'upgrade: websocket'];

test('a line is open, with what came at once', async () => {
  answering((accept) => [...UPGRADED, `sec-websocket-accept: ${accept}`, 'sec-websocket-protocol: channels']);
  const { socket, early } = await opening();
  expect([socket.destroyed, early.toString()]).toEqual([false, 'early']);
});

test.each<[string, (accept: string) => readonly string[]]>([
  ['has not read the key', () => ['sec-websocket-accept: x', 'sec-websocket-protocol: channels']],
  ['speaks something else', (accept) => [`sec-websocket-accept: ${accept}`, 'sec-websocket-protocol: tea']],
  ['does not say what it speaks', (accept) => [`sec-websocket-accept: ${accept}`]],
])('it is not when the other side %s', async (_, answer) => {
  answering((accept) => [...UPGRADED, ...answer(accept)]);
  await expect(opening()).rejects.toThrow('does not speak channels');
});

test('an answer that is none becomes the error that the caller makes of it', async () => {
  server.on('request', (_, response) => response.writeHead(403).end('not you'));
  // Without a listener for upgrades Node answers as to any request.
  await expect(opening()).rejects.toThrow('403: not you');
});

test('nobody, and somebody who says nothing, are told apart', async () => {
  server.on('upgrade', () => {});
  await expect(opening({ openMs: 20 })).rejects.toThrow(/did not answer within 0.02 s/);
  const gone = opening({ port: 1 });
  await expect(gone).rejects.toThrow('ECONNREFUSED');
});
