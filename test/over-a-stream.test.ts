/** A value from a data door inside TLS over a stream that is there already, as a port-forward is. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';
import { connectTo, type Source, type Taker, ValueLines, Whole } from '@taskloom/protocol/door';
import { afterAll, expect, test } from 'vitest';
import { Issued } from './certificates.ts';

const issued = await Issued.make('lab');
const { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = await issued.files('worker', {});
const value = new Uint8Array(5_000_000).map((_, i) => i * 7 + (i >> 13));

const taken: TLSSocket[] = [];
const server = createServer({ cert, key }, (socket) => {
  taken.push(socket);
  socket.on('error', () => {});
  socket.on('data', () => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${value.length}\r\n\r\n`);
    socket.write(value);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => {
  for (const socket of taken) socket.destroy();
  server.close();
});

/** Brings what comes in pieces of its own, as a tunnel does. */
async function streamTo(port: number): Promise<Duplex> {
  const line = connect(port, '127.0.0.1');
  await once(line, 'connect');
  const stream = new Duplex({
    read: () => void line.resume(),
    write: (chunk, _encoding, done) => void line.write(chunk, done),
    destroy: (error, done) => {
      line.destroy();
      done(error);
    },
  });
  line.on('data', (chunk) => void (stream.push(chunk) || line.pause()));
  line.once('close', () => stream.destroy());
  return stream;
}

const trust = { ca, servername: 'worker.taskloom.dev' };
const url = new URL('https://door:1');
const lines = new ValueLines({
  name: 'the door',
  host: 'door',
  token: 'secret',
  silenceMs: 30_000,
  open: async (onread) =>
    connectTo(url, { trust, onread, over: await streamTo((server.address() as AddressInfo).port) }),
});
afterAll(() => lines.close());

test('comes whole, and the connection is used again', async () => {
  for (let time = 0; time < 2; time++) {
    const whole = new Whole();
    await lines.get('/data/1/0', whole);
    expect(Buffer.compare(whole.content, value)).toBe(0);
  }
  expect(taken).toHaveLength(1);
});

test('waits for a taker that wants no more for now', async () => {
  const whole = new Whole();
  let pauses = 0;
  let paused = false;
  let late = 0;
  const hesitant: Taker = {
    begin(answer, from: Source) {
      whole.begin(answer);
      this.came = (bytes) => {
        if (paused) late += bytes;
        paused = true;
        pauses++;
        setImmediate(() => {
          paused = false;
          from.resume();
        });
        return !whole.came(bytes);
      };
    },
    space: () => whole.space(),
    came: () => true,
  };
  await lines.get('/data/1/0', hesitant);
  expect(Buffer.compare(whole.content, value)).toBe(0);
  expect(pauses).toBeGreaterThan(10);
  // What was read already: records of TLS that came together.
  expect(late).toBeLessThan(value.length / 2);
});
