import { describe, expect, test } from 'vitest';
import { ModelServer, type Thing } from '../../testing/model-server.ts';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import { ApiError } from '../errors.ts';
import type { Page } from '../objects.ts';
import type { Change } from './cache.ts';
import { Reflector, type Source } from './reflector.ts';

type Asked = string;

/** A source whose answers the test gives: a list that works, watches that are written to by hand. */
class Scripted implements Source<Thing> {
  readonly what = 'things';
  readonly server = new ModelServer();
  readonly asked: Asked[] = [];
  pageSize = 100;
  /** Thrown instead of the next answers. */
  readonly refusals: ApiError[] = [];
  write: (text: string) => void = () => {};
  end: () => void = () => {};

  async list(page: { readonly limit?: number | undefined; readonly continue?: string | undefined }) {
    this.#ask(page.limit === undefined ? 'list whole' : page.continue ? 'list on' : 'list');
    const limit = page.limit === undefined ? undefined : this.pageSize;
    return this.server.list({ ...page, limit }) as Page<Thing>;
  }

  async watch({ resourceVersion }: { readonly resourceVersion: string }, signal: AbortSignal) {
    this.#ask(`watch ${resourceVersion}`);
    const chunks: (Uint8Array | undefined)[] = [];
    let wake = () => {};
    const put = (chunk: Uint8Array | undefined) => {
      chunks.push(chunk);
      wake();
    };
    this.write = (text) => put(Buffer.from(text));
    this.end = () => put(undefined);
    signal.addEventListener('abort', () => wake(), { once: true });
    return (async function* () {
      for (;;) {
        while (chunks.length === 0 && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        signal.throwIfAborted();
        const chunk = chunks.shift();
        if (!chunk) return;
        yield chunk;
      }
    })();
  }

  taken(): Asked[] {
    return this.asked.splice(0);
  }

  #ask(what: Asked): void {
    this.asked.push(what);
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
  }
}

function reflecting() {
  const source = new Scripted();
  const clock = new VirtualClock();
  const told: string[] = [];
  const waits: number[] = [];
  const reflector = new Reflector<Thing>({
    source,
    clock,
    random: () => 1,
    changed: (change: Change<Thing>) => told.push(`${change.is} ${change.object.metadata.name}`),
    troubled: ({ waitMs }) => waits.push(waitMs),
  });
  return { source, clock, told, waits, reflector };
}

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: string) => line('BOOKMARK', { metadata: { resourceVersion: version } });

test('lists page by page, then watches from where the list was', async () => {
  const { source, reflector, told } = reflecting();
  source.pageSize = 2;
  for (const name of ['a', 'b', 'c']) source.server.put(name, 'x');
  void reflector.start();
  await reflector.synced;
  await settled();
  expect(source.taken()).toEqual(['list', 'list on', `watch ${source.server.version}`]);
  expect(told).toEqual(['added a', 'added b', 'added c']);
  await reflector.stop();
});

test('a list that is forgotten between two pages is asked for in one piece', async () => {
  const { source, reflector } = reflecting();
  source.pageSize = 1;
  for (const name of ['a', 'b']) source.server.put(name, 'x');
  const list = source.list.bind(source);
  source.list = async (page) => {
    if (page.continue) source.server.compact();
    return list(page);
  };
  void reflector.start();
  await reflector.synced;
  expect(source.taken().slice(0, 3)).toEqual(['list', 'list on', 'list whole']);
  expect(reflector.cache.size).toBe(2);
  await reflector.stop();
});

test('what was deleted while nobody listened is told after a 410', async () => {
  const { source, reflector, told, clock } = reflecting();
  source.server.put('gone', 'x');
  source.server.put('stays', 'x');
  void reflector.start();
  await settled();
  source.server.remove('gone');
  source.server.put('came', 'x');
  source.taken();
  source.write(line('ERROR', { code: 410, reason: 'Expired', message: 'too old resource version' }));
  await clock.advance(1_000);
  expect(source.taken()).toEqual(['list', `watch ${source.server.version}`]);
  expect(told.slice(2)).toEqual(['deleted gone', 'added came']);
  await reflector.stop();
});

test('a namesake with another identity is a deletion and an addition', async () => {
  const { source, reflector, told, clock } = reflecting();
  source.server.put('a', 'x');
  void reflector.start();
  await settled();
  source.server.remove('a');
  source.server.put('a', 'y');
  void reflector.relist();
  await clock.advance(0);
  expect(told).toEqual(['added a', 'deleted a', 'added a']);
  await reflector.stop();
});

test('who asked to list again need not wait for ever: its signal ends that, and the next list answers the others', async () => {
  const { clock, reflector, source } = reflecting();
  void reflector.start();
  await settled();
  source.refusals.push(new ApiError('unreachable', 'connect ECONNREFUSED'));
  const late = new AbortController();
  const impatient = reflector.relist(late.signal);
  let done = false;
  const patient = reflector.relist().then(() => {
    done = true;
  });
  await settled();
  late.abort(new Error('took too long'));
  await expect(impatient).rejects.toThrow('took too long');
  expect(done).toBe(false);
  await clock.advance(1_000);
  await patient;
  await expect(reflector.relist(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  await reflector.stop();
});

test('waits as long as a busy server says', async () => {
  const { source, reflector, clock } = reflecting();
  source.refusals.push(new ApiError('too-many-requests', 'busy', { status: 429, retryAfterMs: 7_000 }));
  void reflector.start();
  await clock.advance(6_999);
  expect(source.taken()).toEqual(['list']);
  await clock.advance(1);
  expect(source.taken()).toEqual(['list', 'watch 8']);
  await reflector.stop();
});

test('waits longer after each failure, half a minute at most, and resumes the watch where it was', async () => {
  const { source, reflector, clock, waits } = reflecting();
  void reflector.start();
  await settled();
  for (let i = 0; i < 10; i++) source.refusals.push(new ApiError('server-error', 'broken', { status: 500 }));
  source.taken();
  source.end();
  await clock.advance(200_000);
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  expect(new Set(source.taken())).toEqual(new Set(['watch 8']));
  source.write(bookmark('9'));
  await settled();
  source.end();
  await clock.advance(200);
  expect(source.taken()).toEqual(['watch 9']);
  await reflector.stop();
});

describe('a watch', () => {
  test('that is silent for a minute and a half is given up, and all is listed anew', async () => {
    const { source, reflector, clock } = reflecting();
    void reflector.start();
    await clock.advance(89_999);
    expect(source.taken()).toEqual(['list', 'watch 8']);
    await clock.advance(201);
    expect(source.taken()).toEqual(['list', 'watch 8']);
    await reflector.stop();
  });

  test('that brings a bookmark a minute is kept, and goes on from the last bookmark', async () => {
    const { source, reflector, clock } = reflecting();
    void reflector.start();
    await settled();
    for (let minute = 1; minute <= 5; minute++) {
      await clock.advance(60_000);
      source.write(bookmark(String(8 + minute)));
    }
    await settled();
    expect(source.taken()).toEqual(['list', 'watch 8']);
    source.end();
    await settled();
    expect(source.taken()).toEqual(['watch 13']);
    await reflector.stop();
  });

  test('that ended in the middle of a line is resumed before that line', async () => {
    const { source, reflector, clock, told } = reflecting();
    void reflector.start();
    await settled();
    const a = line('ADDED', source.server.put('a', 'x'));
    const b = line('ADDED', source.server.put('b', 'x'));
    source.write(a + b.slice(0, 40));
    source.end();
    await clock.advance(0);
    expect(told).toEqual(['added a']);
    expect(source.taken()).toEqual(['list', 'watch 8', 'watch 9']);
    await reflector.stop();
  });

  test('never takes what is older than what it knows, and compares versions as numbers', async () => {
    const { source, reflector, told } = reflecting();
    void reflector.start();
    await settled();
    const old = source.server.put('a', 'x');
    source.write(line('ADDED', old));
    source.server.remove('a');
    source.write(line('DELETED', { ...old, metadata: { ...old.metadata, resourceVersion: '10' } }));
    source.write(line('ADDED', old));
    await settled();
    expect(told).toEqual(['added a', 'deleted a']);
    expect(reflector.cache.size).toBe(0);
    await reflector.stop();
  });
});

test('an answer to a write of ours is shown at once, and what the watch still says of before does not undo it', async () => {
  const { source, reflector, told } = reflecting();
  void reflector.start();
  await settled();
  const first = source.server.put('a', 'x');
  const second = source.server.put('a', 'y');
  reflector.learn(second);
  source.write(line('ADDED', first));
  await settled();
  expect(reflector.cache.get('ns/a')?.data).toBe('y');
  source.write(line('MODIFIED', second));
  reflector.learn(first);
  await settled();
  expect(reflector.cache.get('ns/a')?.data).toBe('y');
  expect(told).toEqual(['added a']);
  await reflector.stop();
});

test('what is in the cache is frozen and without the list of who wrote what', async () => {
  const { source, reflector } = reflecting();
  source.server.put('a', 'x');
  const list = source.list.bind(source);
  source.list = async (page) => {
    const answer = await list(page);
    const items = answer.items.map((item) => ({
      ...item,
      metadata: { ...item.metadata, managedFields: [{}] },
    }));
    return { ...answer, items };
  };
  void reflector.start();
  await reflector.synced;
  const [thing] = reflector.cache.all();
  expect(thing?.metadata).not.toHaveProperty('managedFields');
  expect(Object.isFrozen(thing?.metadata.labels)).toBe(true);
  await reflector.stop();
});

test('a listener that throws is a bug, and is not swallowed', async () => {
  const source = new Scripted();
  source.server.put('a', 'x');
  const reflector = new Reflector<Thing>({
    source,
    clock: new VirtualClock(),
    changed: () => {
      throw new Error('a bug');
    },
  });
  await expect(reflector.start()).rejects.toThrow('a bug');
});
