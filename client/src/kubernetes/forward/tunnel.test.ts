/** Through the real API server to a port that the test holds. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWithApi } from '../../../../test/kubernetes/cluster.ts';
import { Stage } from '../../testing/kubernetes/stage.ts';
import { type Target, targetOf } from '../target.ts';
import { openTunnel } from './open-tunnel.ts';
import type { Tunnel } from './tunnel.ts';

const MIB = 1024 * 1024;
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** So many bytes, once they have come. */
async function take(stream: Duplex, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (received >= count) stream.emit('taken');
  });
  await once(stream, 'taken');
  return Buffer.concat(chunks);
}

describeWithApi('a tunnel to a port of a pod', (api) => {
  let stage: Stage;
  let target: Target;
  let pod: Server;
  let arrived: (socket: Socket) => void;
  beforeAll(async () => {
    stage = await Stage.set(api);
    target = await targetOf(stage.where);
    await stage.letIn('lab');
    pod = createServer((socket) => arrived(socket)).listen(0, '127.0.0.1');
    await once(pod, 'listening');
    return async () => {
      target.transport.close();
      pod.close();
      await stage.clear();
    };
  });
  beforeEach(() => stage.kubelet.leadTo((pod.address() as AddressInfo).port));

  type Way = Parameters<typeof openTunnel>[2];
  const open = (way?: Way) => openTunnel(target, { pod: 'lab-scheduler-0', port: 8786 }, way);

  /** Both ends. */
  async function pair(way?: Way): Promise<[Tunnel, Socket]> {
    const there = new Promise<Socket>((resolve) => {
      arrived = resolve;
    });
    return [await open(way), await there];
  }

  test('brings many bytes, whole and in order, both ways at once', async () => {
    const [near, far] = await pair();
    const bytes = randomBytes(24 * MIB);
    far.pipe(far);
    const echoed = take(near, bytes.length);
    for (let at = 0; at < bytes.length; at += 100_000) {
      if (!near.write(bytes.subarray(at, at + 100_000))) await once(near, 'drain');
    }
    expect(digest(await echoed)).toBe(digest(bytes));
    near.destroy();
  });

  test('brings what is written in one piece, however large', async () => {
    const [near, far] = await pair();
    const bytes = randomBytes(40 * MIB);
    near.write(bytes);
    expect(digest(await take(far, bytes.length))).toBe(digest(bytes));
    near.destroy();
  });

  test('brings what is written, of any length', async () => {
    const [near, far] = await pair();
    far.pipe(far);
    // Where a frame's head says the length in other ways, with the channel's byte and without.
    for (const length of [1, 124, 125, 126, 4_096, 4_097, 65_534, 65_535, 65_536, 262_144, 262_145]) {
      const bytes = randomBytes(length);
      const echoed = take(near, length);
      near.write(bytes);
      expect(digest(await echoed)).toBe(digest(bytes));
      near.removeAllListeners('data');
    }
    near.destroy();
  });

  test('lends what it brings, when it is told to', async () => {
    const [near, far] = await pair({ lends: true });
    const bytes = randomBytes(8 * MIB);
    const hash = createHash('sha256');
    const lent: Buffer[] = [];
    let received = 0;
    far.write(bytes);
    near.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      lent.push(chunk);
      received += chunk.length;
      if (received === bytes.length) near.emit('taken');
    });
    await once(near, 'taken');
    expect(hash.digest('hex')).toBe(digest(bytes));
    // But for small ones, which may be parts of what is shared.
    expect(lent.filter((chunk) => chunk.length > 0).length).toBeLessThan(lent.length / 2);
    near.destroy();
  });

  test('reads no further than somebody takes', async () => {
    const [near, far] = await pair();
    const block = Buffer.alloc(MIB);
    for (let sent = 0; sent < 256; sent++) far.write(block);
    near.read(0);
    await expect.poll(() => near.holdsBack).toBe(true);
    expect(near.readableLength).toBeLessThan(MIB);
    expect(far.writableLength).toBeGreaterThan(128 * MIB);
    expect((await take(near, 256 * MIB)).length).toBe(256 * MIB);
    near.destroy();
  });

  test('ends when the pod ends, with all that came before', async () => {
    const [near, far] = await pair();
    far.end('good bye');
    expect((await buffer(near)).toString()).toBe('good bye');
  });

  test('closes the port when it is closed', async () => {
    const [near, far] = await pair();
    near.end('good bye');
    far.resume();
    await once(far, 'close');
  });

  test('breaks with the reason when nothing listens there', async () => {
    stage.kubelet.leadTo(1);
    const near = await open();
    near.resume();
    const [error] = await once(near, 'error');
    expect(error).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/lab-scheduler-0:8786 broke: .*ECONNREFUSED/),
    });
  });

  test('ends when it is cut', async () => {
    const [near] = await pair();
    near.resume();
    stage.kubelet.cut();
    await once(near, 'close');
  });

  test('cannot be opened to a pod that is not there, or while the kubelet refuses', async () => {
    await expect(openTunnel(target, { pod: 'none', port: 1 })).rejects.toMatchObject({ code: 'not-found' });
    stage.kubelet.refuse(true);
    await expect(open()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('the kubelet is busy'),
    });
    stage.kubelet.refuse(false);
  });
});
