import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeEnvelope, seal } from '../codec.ts';
import { Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { arrivals, code, connectionContract, listen, want } from './connection.contract.ts';
import { acceptLocal, dialLocal, localPath } from './local-streams.ts';
import type { Connection } from './port.ts';
import { StreamLine } from './stream-line.ts';

/** A door for processes of this machine; `next` is the connection that comes in next. */
async function door(path = localPath(), firstBytes?: number) {
  const { arrived, next } = arrivals();
  const { close } = await acceptLocal(path, arrived, firstBytes === undefined ? {} : { firstBytes });
  return { path, next, close };
}
type Door = Awaited<ReturnType<typeof door>>;

async function pairOver(dialled: 'near' | 'far') {
  const open = await door(localPath(), Limits.frameBytes);
  const [caller, called] = await Promise.all([dialLocal(open.path), open.next()]);
  const [near, far] = dialled === 'near' ? [caller, called] : [called, caller];
  const end = async () => {
    near.close();
    open.close();
  };
  return { near, far, end };
}

connectionContract('a stream, from the side that called', () => pairOver('near'));
connectionContract('a stream, from the side that was called', () => pairOver('far'));

const framed = (bytes: Uint8Array, word = bytes.length) => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(word);
  return Buffer.concat([head, bytes]);
};
const envelope = (...messages: Message[]) => encodeEnvelope(messages.map(seal));

describe('a peer that breaks the rules is cut off with the reason, and others go on:', () => {
  let open: Door;
  let rude: Socket;
  let victim: ReturnType<typeof listen>;
  let polite: Connection;
  let host: ReturnType<typeof listen>;
  let heard: Promise<Buffer>;

  beforeEach(async () => {
    open = await door();
    const [caller, called] = await Promise.all([dialLocal(open.path), open.next()]);
    polite = caller;
    listen(polite);
    host = listen(called);
    rude = connect(open.path);
    const chunks: Buffer[] = [];
    rude.on('data', (chunk) => chunks.push(chunk));
    heard = new Promise((resolve) => rude.once('close', () => resolve(Buffer.concat(chunks))));
    victim = listen(await open.next());
  });
  afterEach(() => {
    rude.destroy();
    polite.close();
    open.close();
  });

  async function cutOff(code: string, message: RegExp) {
    const [farewell, reason] = await Promise.all([heard, victim.closed]);
    expect(farewell.readUInt32LE()).toBe(0x8000_0000 + farewell.length - 4);
    expect(farewell.subarray(4).toString()).toMatch(new RegExp(`^${code}: `));
    expect(reason.code).toBe(code);
    expect(reason.message).toMatch(message);
    polite.send(want(7));
    await host.heardAtLeast(1);
    expect(host.heard).toEqual([want(7)]);
  }

  test('random bytes', async () => {
    rude.write(framed(Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 255)));
    await cutOff('bad-frame', /./);
  });

  test('an empty message', async () => {
    rude.write(framed(new Uint8Array()));
    await cutOff('bad-frame', /0 bytes/);
  });

  test('a message of the wrong shape', async () => {
    rude.write(framed(envelope({ op: 'leave', reason: 7 } as unknown as Message)));
    await cutOff('bad-message', /reason/);
  });

  test('much before it said who it is', async () => {
    rude.write(framed(envelope(code(Limits.helloBytes))));
    await cutOff('limit-exceeded', /helloBytes/);
  });

  test('credit for what it was not sent', async () => {
    rude.write(framed(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)));
    await cutOff('bad-frame', /credit/);
  });

  test('a message larger than any may be, of which nothing has come yet', async () => {
    rude.write(framed(new Uint8Array(), Limits.frameBytes + 1));
    await cutOff('limit-exceeded', /frameBytes/);
  });

  test('what comes after that is not heard', async () => {
    rude.write(Buffer.concat([framed(new Uint8Array()), framed(envelope(want(1)))]));
    await cutOff('bad-frame', /0 bytes/);
    expect(victim.heard).toEqual([]);
  });
});

test('a stream may bring its bytes in any pieces', async () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(bodies, fc.array(fc.nat(200)), async (messages, cuts) => {
      const { far, near } = await streams();
      const heard: Buffer[] = [];
      const line = new StreamLine(near, 'peer');
      const closed = new Promise<string>((resolve) =>
        line.listen({
          received: (bytes) => heard.push(Buffer.from(bytes)),
          violated: (error) => resolve(`violated: ${error.message}`),
          closed: ({ code, message }) => resolve(`${code}: ${message}`),
        }),
      );
      const said = Buffer.from('closed: it is enough');
      const all = Buffer.concat([
        ...messages.map((each) => framed(each)),
        framed(said, 0x8000_0000 + said.length),
      ]);
      const ends = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
      let from = 0;
      for (const end of ends) {
        // What it emits is what the line hears, in these very pieces.
        if (end > from) near.emit('data', all.subarray(from, end));
        from = Math.max(from, end);
      }
      far.end();
      expect(await closed).toBe('closed: it is enough');
      expect(heard).toEqual(messages.map((each) => Buffer.from(each)));
    }),
    { numRuns: 100 },
  );
});

/** Both ends of a stream. */
async function streams(): Promise<{ near: Socket; far: Socket }> {
  const path = localPath();
  const coming = Promise.withResolvers<Socket>();
  const server = createServer(coming.resolve);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const near = connect(path);
  const far = await coming.promise;
  server.close();
  far.resume();
  return { near, far };
}

test('a process that ends without a word is a lost connection', async () => {
  const open = await door();
  const silent = connect(open.path);
  const there = listen(await open.next());
  silent.destroy();
  expect(await there.closed).toMatchObject({ code: 'connection-lost', retryable: true });
  open.close();
});

test('nobody at the other end is an error that says so', async () => {
  await expect(dialLocal(localPath())).rejects.toMatchObject({ code: 'unreachable', retryable: true });
});

test('where a path is a file, it goes with the door', async () => {
  const path = join(tmpdir(), `taskloom-${process.pid}-local-streams`);
  const open = await door(path);
  const [caller, called] = await Promise.all([dialLocal(path), open.next()]);
  const there = listen(called);
  caller.send(want(3));
  await there.heardAtLeast(1);
  expect(existsSync(path)).toBe(true);
  caller.close();
  open.close();
  expect(existsSync(path)).toBe(false);
});
