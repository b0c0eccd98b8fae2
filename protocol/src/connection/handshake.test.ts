import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Limits } from '../limits.ts';
import { type Control, PROTOCOL } from '../messages.ts';
import { VERSION } from '../version.ts';
import { listen, want } from './connection.contract.ts';
import { type Guard, greet, introduce } from './handshake.ts';
import { memoryPair } from './memory.ts';

const tokens = { client: 'for clients', worker: 'for workers' };
const asClient = { role: 'client', token: tokens.client } as const;
const worker = { name: 'w1', address: 'http://127.0.0.1:1', threads: 2, resources: {} };
const welcome: Control<'welcome'> = {
  op: 'welcome',
  protocol: 1,
  version: VERSION,
  number: 9,
  dataToken: 'd',
};

/** Both sides of a handshake; the called one says welcome if it has no objection. */
async function meet(who: Parameters<typeof introduce>[1], guard: Guard = { tokens }) {
  const [caller, called] = memoryPair('the client', 'ws://scheduler');
  const greeting = greet(called, guard);
  const introduction = introduce(caller, who);
  greeting.then(
    ({ protocol }) => called.send({ ...welcome, protocol }),
    () => {},
  );
  const [greeted, introduced] = await Promise.allSettled([greeting, introduction]);
  return { greeted, introduced, caller, called };
}

const failure = (settled: PromiseSettledResult<unknown>) => {
  if (settled.status === 'fulfilled') throw new Error('it was accepted');
  return settled.reason;
};
const success = <T>(settled: PromiseSettledResult<T>) => {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
};

describe('who shows the token of its role', () => {
  test('is welcomed as a client', async () => {
    const { greeted, introduced } = await meet(asClient);
    expect(success(greeted).hello).toMatchObject({ role: 'client', version: VERSION });
    expect(success(introduced).welcome).toEqual({ ...welcome, protocol: PROTOCOL[1] });
  });

  test('is welcomed as a worker', async () => {
    const { greeted } = await meet({ role: 'worker', token: tokens.worker, worker });
    expect(success(greeted).hello.worker).toEqual(worker);
  });

  test('and hears what was said right behind the welcome', async () => {
    const [caller, called] = memoryPair();
    const greeting = greet(called, { tokens });
    const introduction = introduce(caller, asClient);
    await greeting;
    listen(called);
    called.send(welcome);
    called.send(want(1));
    const { early } = await introduction;
    called.send(want(2));
    await Promise.resolve();
    expect(early).toEqual([want(1), want(2)]);
    const here = listen(caller);
    called.send(want(3));
    await here.heardAtLeast(1);
    expect(here.heard).toEqual([want(3)]);
  });
});

describe('is refused, both sides knowing why:', () => {
  const refused = async (who: Parameters<typeof introduce>[1], guard?: Guard) => {
    const { greeted, introduced, caller, called } = await meet(who, guard);
    const [here, there] = [failure(introduced), failure(greeted)];
    expect([here.code, here.message]).toEqual([there.code, there.message]);
    expect(here.retryable).toBe(false);
    await Promise.all([listen(caller).closed, listen(called).closed]);
    return here;
  };

  test.each([
    ['another token', { role: 'client', token: 'for workers' }],
    ['no token', { role: 'client', token: '' }],
    ['the token of another role', { role: 'worker', token: tokens.client, worker }],
  ] as const)('%s', async (_, who) => {
    const error = await refused(who);
    expect(error.code).toBe('wrong-token');
    expect(error.message).toContain('TASKLOOM_TOKEN');
  });

  test('anybody, where no token was set', async () => {
    const error = await refused({ role: 'client', token: '' }, { tokens: { client: '', worker: '' } });
    expect(error.code).toBe('wrong-token');
  });

  test('a worker that does not say who it is', async () => {
    expect((await refused({ role: 'worker', token: tokens.worker })).code).toBe('bad-message');
  });
});

describe('versions', () => {
  const between = (theirs: [number, number], ours: [number, number]) =>
    meet({ ...asClient, protocol: theirs }, { tokens, protocol: ours });

  test.each([
    [[1, 1], [1, 1], 1],
    [[1, 2], [1, 1], 1],
    [[1, 1], [1, 2], 1],
    [[1, 2], [2, 3], 2],
    [[3, 5], [1, 4], 4],
  ] as const)('%j and %j agree on %i', async (theirs, ours, expected) => {
    const { greeted, introduced } = await between([...theirs], [...ours]);
    expect(success(greeted).protocol).toBe(expected);
    expect(success(introduced).welcome.protocol).toBe(expected);
  });

  test.each([
    [[1, 1], [2, 3], `upgrade the client (${VERSION})`],
    [[4, 5], [2, 3], `upgrade the scheduler (${VERSION})`],
  ] as const)('%j and %j do not: %s', async (theirs, ours, advice) => {
    const { introduced } = await between([...theirs], [...ours]);
    const error = failure(introduced);
    expect(error.code).toBe('version-mismatch');
    expect(error.message).toContain(advice);
    expect(error.message).toContain('2 to 3');
  });
});

describe('out of turn', () => {
  const refusedFor = async (error: Promise<unknown>) => {
    await expect(error).rejects.toMatchObject({ code: 'hello-expected' });
  };

  test('something before hello', async () => {
    const [caller, called] = memoryPair();
    const heard = listen(caller);
    const greeting = greet(called, { tokens });
    caller.send(want(1));
    await refusedFor(greeting);
    expect((await heard.closed).message).toBe('hello comes before want');
    expect(heard.heard.map((message) => message.op)).toEqual(['refused']);
  });

  const hello = { op: 'hello', ...asClient, version: VERSION, protocol: [1, 1] } as const;

  test('something with hello', async () => {
    const [caller, called] = memoryPair();
    const heard = listen(caller);
    const greeting = greet(called, { tokens });
    caller.send({ ...hello, protocol: [1, 1] });
    caller.send(want(1));
    await refusedFor(greeting);
    expect((await heard.closed).message).toBe('want came before this side said welcome');
  });

  test('something between hello and welcome', async () => {
    const [caller, called] = memoryPair();
    const heard = listen(caller);
    const greeting = greet(called, { tokens });
    caller.send({ ...hello, protocol: [1, 1] });
    await greeting;
    caller.send(want(1));
    expect((await heard.closed).message).toBe('want came before this side said welcome');
  });

  test('an answer that is no welcome', async () => {
    const [caller, called] = memoryPair('a', 'ws://somewhere');
    const heard = listen(called);
    const introduction = introduce(caller, asClient);
    await heard.heardAtLeast(1);
    called.send({ op: 'leave', reason: 'x' });
    await refusedFor(introduction);
    await heard.closed;
  });

  test('closing instead of answering', async () => {
    const [caller, called] = memoryPair();
    const introduction = introduce(caller, asClient);
    called.close('closed', 'not today');
    await expect(introduction).rejects.toThrow('not today');
    const [again, gone] = memoryPair();
    const greeting = greet(gone, { tokens });
    again.close('closed', 'not today either');
    await expect(greeting).rejects.toThrow('not today either');
  });
});

describe('silence', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('of the caller is cut off after helloMs', async () => {
    const [caller, called] = memoryPair();
    const greeting = greet(called, { tokens });
    vi.advanceTimersByTime(Limits.helloMs - 1);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    await expect(greeting).rejects.toMatchObject({ code: 'hello-expected' });
    expect((await listen(caller).closed).code).toBe('hello-expected');
  });

  test('of the called side is unreachable after helloMs', async () => {
    const [caller, called] = memoryPair('a', 'ws://somewhere');
    const introduction = introduce(caller, asClient);
    vi.advanceTimersByTime(Limits.helloMs);
    await expect(introduction).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    await listen(called).closed;
  });

  test('leaves no timer behind when there was none', async () => {
    await meet(asClient);
    await meet({ ...asClient, token: 'wrong' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
