import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answer, FakeApi } from '../../testing/fake-api.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { TokenBucket } from './rate-limit.ts';
import { type Exchange, Transport } from './transport.ts';

const PATH = '/api/v1/namespaces/ns/configmaps';
const busy = (seconds: string) => (_request: unknown, response: ServerResponse) =>
  void answer(response, 429, { kind: 'Status', message: 'too many requests' }, { 'retry-after': seconds });

describe('a transport', () => {
  let fake: FakeApi;
  let transport: Transport;
  let exchanges: Exchange[];
  beforeEach(async () => {
    fake = new FakeApi();
    exchanges = [];
    transport = new Transport({ credentials: await fake.start(), observe: (one) => exchanges.push(one) });
  });
  afterEach(async () => {
    transport.close();
    await fake.stop();
  });

  test('asks a busy server again when it said so', async () => {
    fake.misdeeds.push(busy('0'), busy('0'));
    await transport.json({ method: 'GET', path: PATH });
    expect(exchanges.map(({ code }) => code)).toEqual(['429', '429', '200']);
  });

  test('does not wait longer for a busy server than it has patience', async () => {
    fake.misdeeds.push(busy('60'));
    const asked = transport.json({ method: 'GET', path: PATH });
    await expect(asked).rejects.toMatchObject({ code: 'too-many-requests', retryAfterMs: 60_000 });
    fake.misdeeds.push(busy('0'));
    const hasty = transport.json({ method: 'GET', path: PATH, patienceMs: 0 });
    await expect(hasty).rejects.toMatchObject({ code: 'too-many-requests' });
  });

  test('looks up its token again when that is not believed, once', async () => {
    const refuse = (_request: unknown, response: ServerResponse) =>
      void answer(response, 401, { kind: 'Status', message: 'Unauthorized' });
    fake.misdeeds.push(refuse);
    await transport.json({ method: 'GET', path: PATH });
    expect(fake.heard).toEqual(['GET first', 'GET second']);
    fake.misdeeds.push(refuse, refuse);
    const asked = transport.json({ method: 'GET', path: PATH });
    await expect(asked).rejects.toMatchObject({ code: 'unauthorized', retryable: false });
  });

  test("says the server's own words when it refuses", async () => {
    fake.misdeeds.push((_request, response) => {
      answer(response, 403, { kind: 'Status', reason: 'Forbidden', message: 'exceeded quota: small' });
    });
    const asked = transport.json({ method: 'POST', path: PATH, body: {} });
    await expect(asked).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'Forbidden',
      message: `POST ${PATH}: exceeded quota: small`,
    });
  });

  test('bears silence only so long', async () => {
    fake.misdeeds.push(() => {});
    const asked = transport.json({ method: 'GET', path: PATH, timeoutMs: 30 });
    await expect(asked).rejects.toMatchObject({ code: 'timeout', retryable: true });
    fake.misdeeds.push((_request, response) => void response.writeHead(200).write('{"items":'));
    const half = transport.json({ method: 'GET', path: PATH, timeoutMs: 30 });
    await expect(half).rejects.toMatchObject({ code: 'timeout' });
  });

  test('ends with the reason of whoever gave up', async () => {
    const stop = new AbortController();
    fake.misdeeds.push(() => stop.abort(new Error('enough')));
    const asked = transport.json({ method: 'GET', path: PATH, signal: stop.signal });
    await expect(asked).rejects.toThrow('enough');
  });

  test('tells a broken connection from a broken answer', async () => {
    fake.misdeeds.push((request) => request.socket.destroy());
    const cut = transport.json({ method: 'POST', path: PATH, body: {} });
    await expect(cut).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    fake.misdeeds.push((_request, response) => void response.writeHead(200).end('<html>'));
    await expect(transport.json({ method: 'GET', path: PATH })).rejects.toMatchObject({ code: 'bad-answer' });
    expect(exchanges.map(({ code }) => code)).toEqual(['<error>', '200']);
  });

  test('says again on a new connection what it said on one that was just being closed', async () => {
    await transport.json({ method: 'GET', path: PATH });
    fake.misdeeds.push((request) => request.socket.resetAndDestroy());
    await transport.json({ method: 'GET', path: PATH });
    expect(exchanges.map(({ code }) => code)).toEqual(['200', '<error>', '200']);
  });

  test('a stream ends when its reader leaves or gives up', async () => {
    const query = { watch: true, resourceVersion: fake.model.version };
    const stop = new AbortController();
    const stream = await transport.stream({ method: 'GET', path: PATH, query, signal: stop.signal });
    fake.model.put('a', 'x');
    for await (const chunk of stream) {
      expect(Buffer.from(chunk).toString()).toContain('"ADDED"');
      break;
    }
    const other = await transport.stream({ method: 'GET', path: PATH, query, signal: stop.signal });
    const reading = (async () => {
      for await (const _ of other) stop.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('a token bucket', () => {
  test('lets a burst through and the rest one by one, in order', async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket(clock, { perSecond: 10, burst: 3 });
    const served: string[] = [];
    for (let n = 0; n < 6; n++) void bucket.take().then(() => served.push(`${n} at ${clock.now()}`));
    await clock.advance(1_000);
    expect(served).toEqual(['0 at 0', '1 at 0', '2 at 0', '3 at 100', '4 at 200', '5 at 300']);
  });

  test('whoever gives up makes room', async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket(clock, { perSecond: 1, burst: 1 });
    const stop = new AbortController();
    await bucket.take();
    const given = bucket.take(stop.signal);
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    let served = false;
    void bucket.take().then(() => {
      served = true;
    });
    await clock.advance(1_000);
    expect(served).toBe(true);
  });
});
