import { expect, test } from 'vitest';
import { Mirror, SHELF_BLOCKS, SHELF_BYTES, SHELF_FUNCTION_BYTES, SHELF_FUNCTIONS } from './mirror.ts';

const fn = (id: number, sources: string[] = [], graph = 'graph') => ({
  id,
  ref: { name: `f${id}`, graph, sources },
  duration: { micros: undefined },
});

test('what a thread has is not sent again', () => {
  const mirror = new Mirror(
    new Map([
      ['graph', Uint8Array.of(1)],
      ['text', Uint8Array.of(2)],
    ]),
  );
  mirror.function(fn(1, ['text']));
  mirror.block(7, Uint8Array.of(3));
  mirror.block(7, Uint8Array.of(3));
  expect(mirror.news()).toEqual({
    sources: [['text', Uint8Array.of(2)]],
    functions: [[1, 'f1', Uint8Array.of(1)]],
    blockIds: [7],
    blocks: [Uint8Array.of(3)],
    forget: [],
    forgetSources: [],
    forgetFunctions: [],
  });
  mirror.function(fn(1, ['text']));
  mirror.function(fn(2, ['text']));
  mirror.block(7, Uint8Array.of(3));
  expect(mirror.news()).toMatchObject({
    sources: [],
    functions: [[2, 'f2', Uint8Array.of(1)]],
    blockIds: [],
  });
});

test('the longest unused makes room', () => {
  const mirror = new Mirror(new Map([['graph', Uint8Array.of(1)]]));
  for (let id = 1; id <= SHELF_BLOCKS; id++) mirror.block(id, Uint8Array.of(id));
  for (let id = 1; id <= SHELF_FUNCTIONS; id++) mirror.function(fn(id));
  expect(mirror.news()).toMatchObject({ forget: [], forgetFunctions: [] });
  mirror.block(1, Uint8Array.of(1));
  mirror.block(SHELF_BLOCKS + 1, Uint8Array.of(1));
  mirror.function(fn(1));
  mirror.function(fn(SHELF_FUNCTIONS + 1));
  expect(mirror.news()).toMatchObject({ forget: [2], forgetFunctions: [2] });
});

test('bytes are bounded too, and what was forgotten is sent again when it is needed', () => {
  const mirror = new Mirror(new Map());
  const half = new Uint8Array(new SharedArrayBuffer(SHELF_BYTES / 2 + 1));
  mirror.block(1, half);
  mirror.block(2, half);
  expect(mirror.news()).toMatchObject({ blockIds: [1, 2], forget: [1] });
  mirror.block(1, half);
  expect(mirror.news()).toMatchObject({ blockIds: [1], forget: [2] });
});

test('bytes of functions are bounded too, and the one in use stays however large it is', () => {
  const large = (share: number) => new Uint8Array(SHELF_FUNCTION_BYTES * share + 1);
  const mirror = new Mirror(
    new Map([
      ['half', large(0.5)],
      ['other half', large(0.5)],
      ['too large', large(1)],
    ]),
  );
  const given = (id: number, graph: string) => {
    mirror.function(fn(id, [], graph));
    const { functions, forgetFunctions } = mirror.news();
    return { came: functions.map(([id]) => id), went: forgetFunctions };
  };
  expect(given(1, 'half')).toEqual({ came: [1], went: [] });
  expect(given(2, 'other half')).toEqual({ came: [2], went: [1] });
  expect(given(1, 'half')).toEqual({ came: [1], went: [2] });
  expect(given(3, 'too large')).toEqual({ came: [3], went: [1] });
  expect(given(3, 'too large')).toEqual({ came: [], went: [] });
});

test('code that no task needs takes the functions made of it along, and is sent again when it has come again', () => {
  const code = new Map([
    ['one', Uint8Array.of(1)],
    ['two', Uint8Array.of(2)],
    ['text', Uint8Array.of(3)],
  ]);
  const mirror = new Mirror(code);
  mirror.function(fn(1, ['text'], 'one'));
  mirror.function(fn(2, [], 'two'));
  mirror.news();
  expect(mirror.hasExcess).toBe(false);
  for (const hash of ['one', 'text']) {
    code.delete(hash);
    mirror.forgetCode(hash);
  }
  expect(mirror.hasExcess).toBe(true);
  expect(mirror.news()).toMatchObject({ functions: [], forgetFunctions: [1], forgetSources: ['text'] });
  expect(mirror.hasExcess).toBe(false);
  code.set('one', Uint8Array.of(1)).set('text', Uint8Array.of(3));
  mirror.function(fn(1, ['text'], 'one'));
  mirror.function(fn(2, [], 'two'));
  expect(mirror.news()).toMatchObject({
    sources: [['text', Uint8Array.of(3)]],
    functions: [[1, 'f1', Uint8Array.of(1)]],
  });
});

test('what comes again before the thread was told to forget it is not forgotten', () => {
  const mirror = new Mirror(
    new Map([
      ['graph', Uint8Array.of(1)],
      ['text', Uint8Array.of(2)],
    ]),
  );
  mirror.function(fn(1, ['text']));
  mirror.news();
  mirror.forgetCode('graph');
  mirror.forgetCode('text');
  mirror.function(fn(1, ['text']));
  expect(mirror.news()).toMatchObject({
    sources: [['text', Uint8Array.of(2)]],
    functions: [[1, 'f1', Uint8Array.of(1)]],
    forgetFunctions: [],
    forgetSources: [],
  });
});

test('a function whose code is not here does not stay without it', () => {
  const code = new Map<string, Uint8Array>();
  const mirror = new Mirror(code);
  mirror.function(fn(1));
  expect(mirror.news()).toMatchObject({ functions: [[1, 'f1', new Uint8Array(0)]], forgetFunctions: [1] });
  code.set('graph', Uint8Array.of(1));
  mirror.function(fn(1));
  expect(mirror.news()).toMatchObject({ functions: [[1, 'f1', Uint8Array.of(1)]], forgetFunctions: [] });
});

test('a view is not posted with all the memory around it', () => {
  const mirror = new Mirror(new Map());
  mirror.block(1, new Uint8Array(1_000_000).subarray(10, 20));
  expect(mirror.news().blocks[0]!.buffer.byteLength).toBe(10);
});
