// What the machine allows with nothing in between: a copy over loopback TCP into a fresh buffer, and how well
// two threads that run fixed work side by side repeat themselves.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { countForMs, idealSeconds } from '../work.ts';
import { about, figure, freshMemory, question, timed, workOf } from './speak.ts';

const RECEIVE_BYTES = 1 << 20;

/** The far side, a process of its own: writes `size` bytes to whoever connects. */
async function serve(size: number): Promise<void> {
  const value = randomFillSync(Buffer.allocUnsafeSlow(size));
  const server = createServer((socket) => socket.end(value)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  process.send?.(address.port);
  await once(process, 'disconnect');
  server.close();
}

/** The near side reads into one warm megabyte and copies on: the fastest way measured that ends in fresh memory. */
async function receive(port: number, size: number): Promise<Buffer> {
  const value = Buffer.allocUnsafeSlow(size);
  const chunk = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  let filled = 0;
  const callback = (count: number): boolean => {
    filled += chunk.copy(value, filled, 0, count);
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer: chunk, callback } });
  await once(socket, 'close');
  assert.equal(filled, size);
  return value;
}

async function copy(size: number): Promise<void> {
  const far = fork(new URL(import.meta.url), ['--work', 'serve', '--size', String(size)]);
  const [port] = await once(far, 'message');
  await receive(Number(port), size);
  freshMemory();
  const { seconds } = await timed(() => receive(Number(port), size));
  figure('bytes.copy', size / seconds / 1e9);
  far.disconnect();
  await once(far, 'exit');
}

async function ideal(size: number): Promise<void> {
  const count = countForMs(1);
  const [first, second] = [await idealSeconds(count, size), await idealSeconds(count, size)];
  figure('fixed.kernel', ((first + second) / size) * 1000);
  figure('fixed.efficiency', Math.min(first, second) / Math.max(first, second));
}

const { work, size } = question();
if (work !== 'serve') about({ node: process.versions.node });
await workOf<(size: number) => Promise<void>>({ serve, bytes: copy, fixed: ideal }, work)(size);
