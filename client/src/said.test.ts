import { describe, expect, it } from 'vitest';
import { Client, ClientError, fromModule, LocalCluster } from './index.ts';
import { clientOf, FakeScheduler } from './testing/fake-scheduler.ts';

/** As a script without types calls it. */
// biome-ignore lint/suspicious/noExplicitAny: what cannot be meant has no type
type Loose = any;

const inc = (x: number) => x + 1;
async function* asynchronous() {}
const promised = Promise.resolve(1);

describe('what cannot be meant is refused by what was given', () => {
  const refused: [string, (client: Loose) => unknown, string][] = [
    ['submit of nothing', (c) => c.submit(), 'submit takes a function first and then its arguments, submit(fn, x) and not submit(fn(x)), got undefined'],
    ['submit of a name', (c) => c.submit('inc', 1), "got 'inc'"],
    ['submit of a result', (c) => c.submit(inc(1)), 'submit(fn, x) and not submit(fn(x)), got 2'],
    ['map of null', (c) => c.map(null, [1]), 'map takes a function first'],
    ['map over nothing', (c) => c.map(inc), 'map needs at least one iterable after the function: map(fn, [1, 2])'],
    ['map over a number', (c) => c.map(inc, 5), 'argument 2 is 5: for one call use submit'],
    ['map over undefined', (c) => c.map(inc, [1], undefined), 'argument 3 is undefined'],
    ['map over an object', (c) => c.map(inc, { a: 1 }), 'argument 2 is { a: 1 }'],
    ['map over a promise', (c) => c.map(inc, promised), 'argument 2 is Promise { 1 }: await it first'],
    ['map over a future', (c) => c.map(inc, c.submit(inc, 1)), 'argument 2 is the future of inc: await it first'],
    ['map over what is asynchronous', (c) => c.map(inc, asynchronous()), 'collect it first, await Array.fromAsync(it)'],
    ['run of a name', (c) => c.run('inc'), 'run takes a function first'],
    ['gather of a promise', (c) => c.gather(promised), 'gather takes futures, and this is Promise { 1 }: await it first'],
    ['gather of promises within', (c) => c.gather({ a: [promised] }), 'await it first'],
    ['gather of an iterator', (c) => c.gather([1].values()), 'spread it, [...it]'],
    ['gather of what is asynchronous', (c) => c.gather(asynchronous()), 'Array.fromAsync'],
    ['gather of two', (c) => c.gather(c.submit(inc, 1), c.submit(inc, 2)), "options are an object, e.g. { errors: 'skip' }, not the future of inc"],
    ['gather with an option misspelt', (c) => c.gather([], { error: 'skip' }), 'there is no option "error": did you mean "errors"? There are errors'],
    ['gather with null', (c) => c.gather([], null), "e.g. { errors: 'skip' }, not null"],
    ['gather with errors of another kind', (c) => c.gather([], { errors: {} }), "errors must be 'throw', 'skip' or 'return', got {}"],
    ['wait for a promise', (c) => c.wait(promised), 'not Promise { 1 }: submit and map give futures, then and async functions do not'],
    ['wait for promises', (c) => c.wait([promised]), 'a future is expected in this list, not Promise { 1 }'],
    ['wait for lists in a list', (c) => c.wait([[c.submit(inc, 1)]]), 'a list in a list is spread, [...list]'],
    ['wait for nothing', (c) => c.wait(), 'a future or a list of futures is expected here, not undefined'],
    ['wait with an option misspelt', (c) => c.wait([], { timeout: 5 }), 'did you mean "timeoutMs"? There are until, timeoutMs'],
    ['wait with a text for a time', (c) => c.wait([], { timeoutMs: '5' }), "timeoutMs must be a number from 0, got '5'"],
    ['wait with null for a time', (c) => c.wait([], { timeoutMs: null }), 'got null'],
    ['wait with 5n for a time', (c) => c.wait([], { timeoutMs: 5n }), 'got 5n'],
    ['wait with no number for a time', (c) => c.wait([], { timeoutMs: Number.NaN }), 'got NaN'],
    ['wait with less than no time', (c) => c.wait([], { timeoutMs: -1 }), 'got -1'],
    ['wait until another time', (c) => c.wait([], { until: 'any' }), "until must be 'all' or 'first', got 'any'"],
    ['asCompleted with options', (c) => c.asCompleted([], { timeoutMs: 5 }), 'asCompleted takes futures and nothing more, not timeoutMs'],
    ['cancel of two', (c) => c.cancel(c.submit(inc, 1), c.submit(inc, 2)), 'not the future of inc: several in one list, [a, b]'],
    ['cancel of a name', (c) => c.cancel('inc'), "not 'inc'"],
    ['release of two', (c) => c.release([], []), 'release takes futures and nothing more, not []'],
    ['progress with an option misspelt', (c) => c.progress([], { steam: 1 }), 'did you mean "stream"?'],
    ['progress on no stream', (c) => c.progress([], { stream: 'stdout' }), "stream must have a method write, as process.stderr, got 'stdout'"],
    ['explain of nothing', (c) => c.explain(), 'not undefined'],
    ['explain of no future', (c) => c.explain([]), 'explain takes a future, not []'],
    ['scatter with an option misspelt', (c) => c.scatter(1, { brodcast: true }), 'did you mean "broadcast"?'],
    ['scatter with null', (c) => c.scatter(1, null), 'not null'],
    ['scatter with broadcast of another kind', (c) => c.scatter(1, { broadcast: 'yes' }), "broadcast must be true or false, got 'yes'"],
    ['scatter with one name', (c) => c.scatter(1, { workers: 'ada' }), "workers must be a list of names of workers, e.g. ['local-1'], got 'ada'"],
    ['scatter with no name', (c) => c.scatter(1, { workers: null }), 'got null'],
    ['scatter of a promise', (c) => c.scatter(promised), 'a Promise lives in this process: await it first'],
    ['retire of one name', (c) => c.retire('local-1'), "retire takes a list of names of workers, e.g. ['local-1'], not 'local-1'"],
    ['retire of nothing', (c) => c.retire(), 'not undefined'],
    ['retire of workers', (c) => c.retire([{ name: 'local-1' }]), 'retire takes a list of names'],
    ['waitForWorkers without how many', (c) => c.waitForWorkers(), 'waitForWorkers takes how many, got undefined'],
    ['waitForWorkers with a number for a time', (c) => c.waitForWorkers(1, 500), 'e.g. { timeoutMs: 10_000 }, not 500'],
    ['waitForWorkers with a text for a time', (c) => c.waitForWorkers(9, { timeoutMs: 'long' }), "timeoutMs must be a number from 0, got 'long'"],
    ['with nothing', (c) => c.with(), 'options are an object, e.g. { retries: 3 }, not undefined'],
    ['with a list', (c) => c.with([3]), 'not [ 3 ]'],
    ['with a promise', (c) => c.with(promised), 'not Promise { 1 }'],
    ['with what is like no option', (c) => c.with({ colour: 1 }), 'there is no option "colour"; there are key, retries'],
    ['with a priority in words', (c) => c.with({ priority: 'high' }), "priority must be a finite number, got 'high'"],
    ['with a negative amount', (c) => c.with({ resources: { gpu: -1 } }), 'resources must be an object of amounts from 0, e.g. { GPU: 1 }, got { gpu: -1 }'],
    ['with an endless time', (c) => c.with({ timeoutMs: Infinity }), 'timeoutMs must be a finite number above 0, got Infinity'],
    ['with half a retry', (c) => c.with({ retries: 0.5 }), 'got 0.5'],
    ['new Client', () => new (Client as Loose)('ws://127.0.0.1:1'), 'a client is made by await Client.connect(address) or by cluster.client()'],
    ['connect to a number', () => Client.connect(8786 as Loose), '8786 is no address of a scheduler: it looks like ws://127.0.0.1:8786'],
    ['connect with a text', () => Client.connect('127.0.0.1:1', 'token' as Loose), "not 'token'"],
    ['connect with an option misspelt', () => Client.connect('127.0.0.1:1', { tokn: 'x' } as Loose), 'did you mean "token"?'],
    ['connect with a number for a token', () => Client.connect('127.0.0.1:1', { token: 5 } as Loose), 'token must be a text, got number'],
    ['connect with relay of another kind', () => Client.connect('127.0.0.1:1', { token: 'x', relay: 1 } as Loose), 'relay must be true or false, got 1'],
    ['connect with output of another kind', () => Client.connect('127.0.0.1:1', { token: 'x', output: true } as Loose), "output must be 'print', 'ignore' or a function"],
    ['a cluster of null', () => LocalCluster.start(null as Loose), 'options are an object, e.g. { workers: 2 }, not null'],
    ['a cluster of a number', () => LocalCluster.start(4 as Loose), 'not 4'],
    ['a cluster with an option misspelt', () => LocalCluster.start({ thread: 4 } as Loose), 'did you mean "threads"?'],
    ['a cluster of 2n workers', () => LocalCluster.start({ workers: 2n } as Loose), 'workers must be a whole number from 0, got 2n'],
    ['a cluster with no name', () => LocalCluster.start({ name: 5 } as Loose), 'name must be a text, got 5'],
    ['a cluster with a number in its environment', () => LocalCluster.start({ env: { A: 1 } } as Loose), 'env must be an object of texts'],
    ['a cluster that offers a word', () => LocalCluster.start({ resources: { GPU: 'one' } } as Loose), 'resources must be an object of amounts'],
    ['a cluster in a yes', () => LocalCluster.start({ inProcess: 'yes' } as Loose), "inProcess must be true or false, got 'yes'"],
    ['new LocalCluster', () => new (LocalCluster as Loose)({ workers: 2 }), 'a local cluster is made by await LocalCluster.start(options)'],
    ['fromModule of a path from here', () => fromModule('./tasks.js', 'score'), "say import.meta.resolve('./tasks.js')"],
    ['fromModule of a function', () => fromModule(inc as Loose, 'inc'), 'fromModule takes the URL of a module and the name of what it exports, got [Function: inc]'],
  ]; // biome-ignore format: a table

  it.each(refused)('%s', async (_, call, message) => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const error: unknown = await (async () => call(client))().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(['ClientError', 'TravelError']).toContain((error as Error).name);
    if (error instanceof ClientError) expect(error.message.length).toBeLessThan(300);
    expect(await client.submit(inc, 1)).toBe(2);
  });
});
