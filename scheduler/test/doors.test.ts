/** What strangers and broken peers do at the port: their connection closes with a reason, and everybody else's work goes on. */
import type { Message, MessageOf, ProtocolCode, Submit } from '@taskloom/protocol';
import { Limits, packMap } from '@taskloom/protocol';
import { dialSocket, introduce } from '@taskloom/protocol/connection';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningScheduler, startScheduler } from '../src/start.ts';
import { client, code, letGo, type Peer, submission, want, worker } from './peers.ts';

let scheduler: RunningScheduler;
let polite: Peer;
let hand: Peer;
let nextTask = 1;

beforeEach(async () => {
  scheduler = await startScheduler();
  hand = await worker(scheduler);
  polite = await client(scheduler);
  polite.send(code('f'));
  nextTask = 1;
});

afterEach(() => scheduler.close());

async function othersWorkOn(): Promise<void> {
  const first = nextTask++;
  polite.send(submission({ first }));
  polite.send(want(first));
  await polite.said('results', (message) => message.first.includes(first));
}

async function isCutOff(peer: Peer, code: ProtocolCode, why: RegExp): Promise<void> {
  const reason = await peer.closed;
  expect([reason.code, reason.message]).toEqual([code, expect.stringMatching(why)]);
  await othersWorkOn();
}

describe('at the door', () => {
  test.each([
    ['a wrong token', { role: 'client', token: 'guess' }, 'wrong-token', /TASKLOOM_TOKEN/],
    ['no token', { role: 'client', token: '' }, 'wrong-token', /TASKLOOM_TOKEN/],
    [
      'a version that is not spoken here',
      { role: 'client', protocol: [7, 9] },
      'version-mismatch',
      /speaks protocol 7 to 9.*upgrade/,
    ],
    ['a worker that does not say who it is', { role: 'worker' }, 'bad-message', /says who it is/],
  ] as const)('%s is refused', async (_, who, refusal, why) => {
    const connection = await dialSocket(scheduler.address);
    const hello = {
      token: scheduler.tokens[who.role],
      ...who,
      ...('protocol' in who && { protocol: [7, 9] as const }),
    };
    const failure = await introduce(connection, hello).then(undefined, (error: Error) => error);
    expect(failure).toMatchObject({ code: refusal, message: expect.stringMatching(why), retryable: false });
    await othersWorkOn();
  });

  test('the token of clients does not open the door of workers', async () => {
    const both = { address: scheduler.address, tokens: { client: '', worker: scheduler.tokens.client } };
    await expect(worker(both)).rejects.toMatchObject({ code: 'wrong-token' });
  });

  test('who says something before hello is cut off', async () => {
    const connection = await dialSocket(scheduler.address);
    const reason = new Promise((closed) => connection.open({ messages: () => {}, closed }));
    connection.send(want(1));
    expect(await reason).toMatchObject({ code: 'hello-expected', message: 'hello comes before want' });
    await othersWorkOn();
  });

  test('who says hello twice is cut off', async () => {
    const rude = await client(scheduler);
    rude.send({ op: 'hello', role: 'client', token: '', version: '', protocol: [1, 1] });
    await isCutOff(rude, 'bad-message', /^a client does not say hello$/);
  });
});

describe('bytes that are no message', () => {
  const raw = async () => {
    const socket = new WebSocket(scheduler.address);
    const ended = new Promise<string>((resolve) =>
      socket.once('close', (_, text) => resolve(text.toString())),
    );
    await new Promise((resolve) => socket.once('open', resolve));
    return { socket, ended };
  };

  test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('random ones, seed %i', async (seed) => {
    const { socket, ended } = await raw();
    let state = seed;
    const draw = () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state & 255;
    };
    socket.send(Uint8Array.from({ length: 4 * (1 + (draw() % 64)) }, draw));
    expect(await ended).toMatch(/^(bad-frame|bad-message|limit-exceeded): ./);
    await othersWorkOn();
  });

  test('text', async () => {
    const { socket, ended } = await raw();
    socket.send('{"op":"hello"}');
    expect(await ended).toMatch(/^bad-frame: a text message/);
    await othersWorkOn();
  });

  test('more of them than a stranger may send', async () => {
    const { socket, ended } = await raw();
    socket.send(new Uint8Array(Limits.helloBytes + 4));
    expect(await ended).toMatch(/^limit-exceeded: helloBytes/);
    await othersWorkOn();
  });

  test('more of them than anybody may send, as soon as their number is said', async () => {
    const { socket } = await raw();
    const status = new Promise((resolve) => socket.once('close', resolve));
    const head = Buffer.alloc(14);
    head.writeUInt16BE(0x82ff);
    head.writeBigUInt64BE(BigInt(Limits.frameBytes + 1), 2);
    (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(head);
    expect(await status).toBe(1009);
    await othersWorkOn();
  });

  test('plain HTTP is told what lives here', async () => {
    const answer = await fetch(scheduler.address.replace('ws:', 'http:'));
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('connect to it with a WebSocket');
  });
});

describe('a client that does not add up is cut off:', () => {
  const NONE = new Uint32Array(0);
  const columns = (given: Partial<MessageOf<typeof Submit>>, count = 1) =>
    submission({ first: 10, count, columns: given });

  test.each<[string, ProtocolCode, RegExp, Message]>([
    ['a call that is no map', 'bad-frame', /./, columns({ sections: [Uint8Array.of(0xc1)] })],
    [
      'a call of the wrong shape',
      'bad-message',
      /^submit\.fn/,
      columns({ sections: [packMap({ first: 1, count: 1 })] }),
    ],
    [
      'two ranges of tasks',
      'bad-message',
      /has 2 ranges/,
      columns({ first: Uint32Array.of(10, 11), count: Uint32Array.of(1, 1) }),
    ],
    ['no tasks', 'bad-message', /names tasks 10 \+ 0/, submission({ first: 10, count: 0 })],
    ['task 0', 'bad-message', /names tasks 0 \+ 1/, submission({ first: 0 })],
    [
      'too many tasks',
      'limit-exceeded',
      /batchTasks/,
      submission({ first: 1, count: Limits.batchTasks + 1 }),
    ],
    ['numbers beyond the last', 'bad-message', /names tasks/, submission({ first: 0xffff_fff0, count: 100 })],
    [
      'code that was not sent',
      'bad-message',
      /hash of g that was not sent/,
      submission({ first: 10, name: 'g' }),
    ],
    [
      'arguments for other tasks',
      'bad-message',
      /arguments for 2 of 1/,
      columns({ blockRows: Uint32Array.of(2), sections: [call(), new Uint8Array(1)] }),
    ],
    [
      'arguments that are to be scattered',
      'limit-exceeded',
      /^argumentBytes is/,
      columns({
        blockRows: Uint32Array.of(1),
        sections: [call(), new Uint8Array(Limits.argumentBytes + 1)],
      }),
    ],
    ['code that is too large', 'limit-exceeded', /^codeBytes is/, code('g', Limits.codeBytes + 1)],
    [
      'offsets for other tasks',
      'bad-message',
      /has 3 offsets for 1/,
      columns({ depStart: Uint32Array.of(0, 0, 0) }),
    ],
    [
      'a task that needs itself',
      'bad-message',
      /task 10 needs tasks 10 \+ 1/,
      columns({ depStart: Uint32Array.of(0, 1), depFirst: Uint32Array.of(10), depCount: Uint32Array.of(1) }),
    ],
    [
      'a map over itself',
      'bad-message',
      /task 10 needs tasks 9 \+ 2/,
      columns({ zip: Uint32Array.of(9) }, 2),
    ],
    [
      'a batch that shares what comes later',
      'bad-message',
      /task 10 needs tasks 20 \+ 1/,
      columns({ sharedFirst: Uint32Array.of(20), sharedCount: Uint32Array.of(1) }),
    ],
    [
      'a range of nothing',
      'bad-message',
      /task 10 needs tasks 3 \+ 0/,
      columns({ sharedFirst: Uint32Array.of(3), sharedCount: Uint32Array.of(0) }),
    ],
    [
      'a scatter of nothing',
      'bad-message',
      /names tasks 1 \+ 0/,
      { op: 'scatter', bytes: NONE, sections: [packMap({ first: 1, name: 'd', broadcast: false })] },
    ],
    [
      'code without a name',
      'bad-message',
      /code has a hash/,
      { op: 'code', sections: [new Uint8Array(0), new Uint8Array(1)] },
    ],
    [
      'code to be let go that was not sent',
      'bad-message',
      /is let go and was not sent/,
      { op: 'code', sections: [new Uint8Array(1), new Uint8Array(0)] },
    ],
    [
      'what only workers say',
      'bad-message',
      /a client does not say handed-back/,
      { op: 'handed-back', batch: NONE, first: NONE, count: NONE, run: NONE, sections: [] },
    ],
    [
      'what only the scheduler says',
      'bad-message',
      /a client does not say leave/,
      { op: 'leave', reason: 'so' },
    ],
  ])('%s', async (_, reason, why, message) => {
    const rude = await client(scheduler);
    rude.send(code('f'));
    rude.send(message);
    await isCutOff(rude, reason, why);
  });

  test('a call whose code it let go, known as it is', async () => {
    const rude = await client(scheduler);
    for (const message of [code('f'), submission({ first: 1 }), letGo('f'), submission({ first: 2 })])
      rude.send(message);
    await isCutOff(rude, 'bad-message', /hash of f that was not sent/);
  });

  test('numbers that it has used before', async () => {
    const rude = await client(scheduler);
    rude.send(code('f'));
    rude.send(submission({ first: 5, count: 5 }));
    rude.send(submission({ first: 9 }));
    await isCutOff(rude, 'bad-message', /names tasks 9 \+ 1, the next is 10/);
  });

  test('what came before it is still done, and stopped with it', async () => {
    const rude = await client(scheduler);
    rude.send(code('f'));
    rude.send(submission({ first: 1, options: { workers: ['nobody'] } }));
    rude.send({ op: 'leave', reason: 'so' });
    await isCutOff(rude, 'bad-message', /leave/);
    const counters = await ask(polite, { about: 'counters' });
    expect(counters).toMatchObject({ pieces: 1 });
  });

  function call(): Uint8Array {
    return packMap({ fn: { name: 'f', graph: 'hash of f', sources: [] }, options: {} });
  }
});

let questions = 0;
async function ask(peer: Peer, about: { about: 'explain' | 'counters'; task?: number }): Promise<unknown> {
  const id = ++questions;
  peer.send({ op: 'ask', id, ...about });
  return (await peer.said('answer', (message) => message.id === id)).answer;
}

describe('a worker that does not add up', () => {
  test('is cut off when it says what only clients say', async () => {
    const rude = await worker(scheduler, { name: 'w2' });
    rude.send(want(1));
    await isCutOff(rude, 'bad-message', /a worker does not say want/);
  });

  test('is cut off when a result is missing that it says rides along', async () => {
    const rude = await worker(scheduler, { name: 'w2' });
    const row = Uint32Array.of(1);
    const empty = { bytes: row, micros: row, inline: row, sections: [new Uint8Array(0)] };
    rude.send({ op: 'finished', batch: row, first: row, count: row, run: row, ...empty });
    await isCutOff(rude, 'bad-message', /lacks a block/);
  });

  test('is heard without effect when it speaks of batches, tasks and runs that are not', async () => {
    const rude = await worker(scheduler, { name: 'w2' });
    const far = Uint32Array.of(0xffff_ffff);
    const rows = { batch: far, first: far, count: far, run: far, sections: [] };
    rude.send({ op: 'handed-back', ...rows });
    rude.send({ op: 'input-missing', ...rows, from: far, index: far, holder: far });
    rude.send({
      op: 'finished',
      ...rows,
      bytes: far,
      micros: far,
      inline: Uint32Array.of(0),
      sections: [new Uint8Array(0)],
    });
    rude.send({ op: 'erred', ...rows, why: far, sections: [new Uint8Array(0)] });
    rude.send({ op: 'data', batch: far, first: far, count: far, sections: [new Uint8Array(0)] });
    rude.send({ op: 'output', batch: 1e9, index: 0, worker: '', name: 'f', stream: 'stdout', text: 'hi' });
    rude.send({ op: 'heartbeat', storeBytes: 0, running: [[9, 9, 9, 9]] });
    await othersWorkOn();
    expect(rude.connection.writable).toBe(true);
  });

  test('with a name that is taken gets another', async () => {
    await worker(scheduler, { name: 'w1-2', address: 'http://127.0.0.1:2' });
    await worker(scheduler, { name: 'w1', address: 'http://127.0.0.1:3' });
    const { workers } = await polite.said('workers', (message) => message.workers.length === 3);
    expect(workers.map(({ name }) => name)).toEqual(['w1', 'w1-2', 'w1-3']);
  });

  test('that comes again with name and address takes the place of what it was', async () => {
    await worker(scheduler);
    expect(await hand.closed).toMatchObject({ code: 'closed', message: 'worker w1 came anew' });
    const { workers } = await polite.said('workers', (message) => message.workers[0]?.worker === 2);
    expect(workers.map(({ name }) => name)).toEqual(['w1']);
    await othersWorkOn();
  });
});

describe('names that mean something to JavaScript are names:', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s', async (name) => {
    await worker(scheduler, { name, resources: { [name]: 1 } });
    const one = await client(scheduler);
    const resources = Object.fromEntries([[name, 1]]);
    one.send(code(name));
    one.send(submission({ first: 1, name, options: { resources, workers: [name] } }));
    one.send(want(1));
    await one.said('results');
    const { workers } = (await ask(one, { about: 'counters' })) as {
      workers: { name: string; tasks: object }[];
    };
    const mine = workers.find((each) => each.name === name);
    // A key that is a prototype's is renamed by who reads it.
    expect(Object.values(mine?.tasks ?? {})).toEqual([1]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await othersWorkOn();
  });
});

describe('questions', () => {
  test('about a task', async () => {
    polite.send(submission({ first: 1, options: { workers: ['w9'] } }));
    expect(await ask(polite, { about: 'explain', task: 1 })).toMatch(
      /^f \(task 1\) is ready, but none of the workers/,
    );
    expect(await ask(polite, { about: 'explain', task: 7 })).toMatch(/^task 7 is not known here/);
    expect(await ask(polite, { about: 'explain' })).toBe('name the task to explain');
  });
});

describe('what a task writes', () => {
  test('goes to its client, under the number it has there', async () => {
    polite.send(submission({ first: 7 }));
    const run = await hand.said('run');
    hand.send({
      op: 'output',
      batch: run.batch[0]!,
      index: 0,
      worker: '',
      name: 'f',
      stream: 'stderr',
      text: 'hm',
    });
    expect(await polite.said('output')).toMatchObject({
      index: 7,
      worker: 'w1',
      text: 'hm',
      stream: 'stderr',
    });
  });
});
