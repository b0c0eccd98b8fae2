/** The reflector over real sockets, against a server that misbehaves as the real one does in its bad hours. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answer, FakeApi, type Misdeed } from '../../testing/fake-api.ts';
import { Changes, CONFIG_MAPS, type ConfigMap } from '../api.contract.ts';
import { ApiClient } from '../api.ts';
import { Transport } from '../http/transport.ts';
import { Reflector } from './reflector.ts';
import { sourceOf } from './source.ts';

let fake: FakeApi;
let transport: Transport;
let reflector: Reflector<ConfigMap>;
let changes: Changes;
let troubles: string[];

beforeEach(async () => {
  fake = new FakeApi();
  transport = new Transport({ credentials: await fake.start() });
  changes = new Changes();
  troubles = [];
  reflector = new Reflector<ConfigMap>({
    source: sourceOf(new ApiClient(transport), CONFIG_MAPS, { namespace: 'ns' }),
    changed: (change) => changes.add(change),
    troubled: ({ error }) => troubles.push(error.code),
    random: () => 0,
  });
});
afterEach(async () => {
  await reflector.stop();
  transport.close();
  await fake.stop();
});

const refuse =
  (status: number, headers = {}): Misdeed =>
  (_request, response) =>
    void answer(response, status, { kind: 'Status', message: 'no' }, headers);

/** An answer to a watch that begins well. */
const watched =
  (then: (response: ServerResponse, request: IncomingMessage) => void): Misdeed =>
  (request, response) => {
    const line = `${JSON.stringify({ type: 'ADDED', object: fake.model.get('first') })}\n`;
    response.writeHead(200).write(line, () => then(response, request));
  };

test.each<[string, Misdeed[], string[]]>([
  ['lists that fail', [refuse(500), refuse(503)], ['server-error', 'server-error']],
  ['a busy server', [refuse(429, { 'retry-after': '0' })], ['too-many-requests']],
  ['a list that is cut', [(request) => request.socket.destroy()], ['unreachable']],
  ['a list that is no JSON', [(_, response) => void response.writeHead(200).end('<')], ['bad-answer']],
])('gets over %s', async (_what, misdeeds, codes) => {
  fake.misdeeds.push(...misdeeds);
  fake.model.put('first', 'x');
  void reflector.start();
  await reflector.synced;
  expect(troubles).toEqual(codes);
  expect(changes.told).toEqual(['added first']);
});

test.each<[string, Misdeed, string[]]>([
  ['a watch that is refused', refuse(500), ['server-error']],
  ['a watch that is cut', watched((_, request) => request.socket.destroy()), ['unreachable']],
  ['half a line', watched((response) => response.end('{"type":"ADDED","obj')), []],
  ['a line that is no JSON', watched((response) => response.end('<html>\n')), ['bad-answer']],
  ['an error in the stream', watched((response) => response.end(error(500))), ['server-error']],
  ['a version that is too old', watched((response) => response.end(error(410))), ['gone']],
])('gets over %s', async (_what, misdeed, codes) => {
  const list: Misdeed = (_, response) =>
    void answer(response, 200, { metadata: { resourceVersion: '8' }, items: [] });
  fake.model.put('first', 'x');
  fake.misdeeds.push(list, misdeed);
  void reflector.start();
  await changes.of('added first');
  fake.model.put('second', 'x');
  await changes.of('added second');
  expect(changes.told).toEqual(['added first', 'added second']);
  expect(troubles).toEqual(codes);
});

const error = (code: number) => `${JSON.stringify({ type: 'ERROR', object: { code, message: 'no' } })}\n`;
