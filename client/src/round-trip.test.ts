import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, LocalCluster } from './index.ts';

let cluster: LocalCluster;
let client: Client;
beforeAll(async () => {
  cluster = await LocalCluster.start({ inProcess: true, threads: 1 });
  client = cluster.client();
});
afterAll(() => cluster.close());

/** What is looked at where a value has more than `isDeepStrictEqual` compares. */
// biome-ignore lint/suspicious/noExplicitAny: values of all kinds
type Look = (value: any) => unknown;

class Coded extends Error {
  override readonly name = 'Coded';
  readonly code = 7;
  readonly detail = { at: [1, 2] };
}
class Point {
  #x = 1;
  y = 2;
  get x(): number {
    return this.#x;
  }
}
class Stack extends Array<number> {
  top(): number | undefined {
    return this.at(-1);
  }
}
class Tool {
  static factor = 3;
  static scaled(x: number): number {
    return x * Tool.factor;
  }
  readonly offset = 10;
  shifted(x: number): number {
    return x + this.offset;
  }
}

const nested = (depth: number, inner: unknown): unknown => (depth === 0 ? inner : [nested(depth - 1, inner)]);
function deep(levels: number): unknown {
  let value: unknown = 'ground';
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
}
const circular: { list: unknown[]; self?: unknown } = { list: [] };
circular.self = circular;
circular.list.push(circular.list);
const sparse: number[] = [];
sparse[3] = 1;
const twice = { same: { a: 1 } };

/** Those that are equal on the other side, as an argument, in one, captured and as a result. */
const equal: [string, unknown, Look?][] = [
  ['undefined', undefined], ['null', null], ['-0', -0], ['NaN', Number.NaN], ['Infinity', -Infinity], ['a large integer', 2 ** 53],
  ['a BigInt', 2n ** 70n], ['a negative BigInt', -5n], ['a registered symbol', Symbol.for('a')], ['a symbol of the language', Symbol.iterator],
  ['a symbol', Symbol('a'), String], ['symbols in objects', { [Symbol.for('key')]: Symbol.for('value') }],
  ['a lone surrogate', '\ud800a\udc00'], ['a lone surrogate as a key', { '\ud800': 1 }],
  ['a text of 20 MB', 'x'.repeat(20_000_000), (x) => x.length], ['a text of 10 MB of two bytes each', 'é€'.repeat(5_000_000), (x) => x.length],
  ['a Proxy', new Proxy({ a: [1] }, {})], ['a RegExp', /a(?<b>c)/giu], ['a Date', new Date(5)], ['an invalid Date', new Date(Number.NaN)],
  ['a URL', new URL('http://a/b?c#d'), String], ['URLSearchParams', new URLSearchParams('a=1&a=2'), String], ['Headers', new Headers({ a: 'b' }), (x) => [...x]],
  ['a Buffer', Buffer.from('hi')], ['an ArrayBuffer', new ArrayBuffer(8)], ['a DataView', new DataView(Uint8Array.of(1, 2).buffer)], ['part of an array', Uint8Array.of(1, 2, 3).subarray(1)],
  ['floats', Float32Array.of(1, Number.NaN, -0)], ['a typed array over shared memory', new Uint8Array(new SharedArrayBuffer(4)), (x) => [...x]],
  ['Intl.NumberFormat', new Intl.NumberFormat('de'), (x) => x.format(1234.5)], ['Intl.DateTimeFormat', new Intl.DateTimeFormat('de', { timeZone: 'UTC' }), (x) => x.format(0)],
  ['Intl.Locale', new Intl.Locale('de-DE'), String], ['Intl.PluralRules', new Intl.PluralRules('en'), (x) => x.select(1)],
  ['an Error', new RangeError('e', { cause: new Error('c') }), (x) => [x instanceof RangeError, x.message, x.cause.message]],
  ['an Error with more', new Coded('m'), (x) => [x instanceof Error, x.name, x.message, x.code, x.detail]],
  ['an AggregateError', new AggregateError([new TypeError('a')], 'm'), (x) => [x instanceof AggregateError, x.errors[0].name, x.errors[0].message]],
  ['a DOMException', new DOMException('m', 'AbortError'), (x) => [x instanceof DOMException, x.name, x.message, x.code]],
  ['an object in a circle', circular], ['one object twice', [twice, twice], (x) => [x[0] === x[1], x]], ['a getter', { get x() { return 5; } }], ['frozen objects', Object.freeze({ a: Object.freeze([1]) })],
  ['a sparse array', sparse], ['no prototype', Object.assign(Object.create(null), { a: 1 }), (x) => [Object.getPrototypeOf(x), x.a]],
  ['a key __proto__', JSON.parse('{"__proto__":{"a":1}}'), (x) => [Object.keys(x), Object.getPrototypeOf(x) === Object.prototype]],
  ['the order of keys', { b: 1, a: 2, 1: 3 }, Object.keys], ['Maps and Sets within each other', new Map([[{ k: 1 }, new Set([new Map([[1, new Set([2])]])])]])],
  ['900 levels', deep(900)], ['a boxed text', Object('abc'), String], ['toJSON', { a: 1, toJSON: () => 5 }, (x) => [x.a, x.toJSON()]],
  ['a private field', new Point(), (x) => [x.x, x.y]], ['a subclass of Array', Stack.of(1, 2, 3), (x) => [x.top(), x.length]],
  ['a function', (x: number) => x + 1, (f) => f(1)], ['defaults, rest, destructuring', ({ a = 1, ...more }: { a?: number; b: number }, [c, ...d]: number[] = [4, 5], ...rest: number[]) => [a, more, c, d, rest], (f) => [f({ b: 2 }), f({ a: 0, b: 1 }, [2], 3)]],
  ['an optional argument', (x: { y?: { z: number } }, more?: number) => x.y?.z ?? more, (f) => [f({}), f({}, 2), f({ y: { z: 3 } })]],
  ['a generator function', function* (n: number) { yield* [n, n + 1]; }, (f) => [...f(3)]], ['a bound function', ((a: number, b: number) => a + b).bind(null, 1), (f) => f(2)],
  ['a static method', Tool.scaled, (f) => f(2)], ['a bound method', Tool.prototype.shifted.bind(new Tool()), (f) => f(2)], ['a class', Tool, (C) => [C.name, C.scaled(4), new C().shifted(1)]], ['a function of the runtime', Math.max, (f) => f(1, 2)],
]; // biome-ignore format: a table

describe('what a task takes, captures and gives is equal', () => {
  it.each(equal)('%s', async (_, value, look = (it: unknown) => it) => {
    const held = { value };
    const identity = (it: unknown) => it;
    const futures = [
      client.submit(identity, value),
      client.submit((it: { value: unknown }) => it.value, held),
      client.submit(() => held.value),
      client.map(identity, [value, 1]).at(0),
    ];
    for (const back of await client.gather(futures))
      expect(isDeepStrictEqual(look(back), look(value)), inspect(back, { depth: 1 }).slice(0, 200)).toBe(
        true,
      );
  });
});

const lives = 'lives in this process';
/** Those that are refused, and what is said instead. */
const refused: [string, unknown, string][] = [
  ['a promise', Promise.resolve(1), `a Promise ${lives}: await it first`], ['a running generator', (function* () {})(), 'send what it yields'],
  ['an iterator', [1].values(), `an iterator ${lives}: send what it gives, [...it]`], ['a WeakRef', new WeakRef({}), 'send what it refers to, ref.deref()'],
  ['a Blob', new Blob(['x']), 'send its bytes, await blob.arrayBuffer()'], ['a File', new File(['x'], 'a'), 'send its bytes, await file.arrayBuffer()'], ['a Request', new Request('http://a/'), 'send its URL and let the task fetch it'],
  ['a Response', new Response('x'), 'send its bytes, await response.arrayBuffer()'], ['a FormData', new FormData(), 'send its entries, [...form]'], ['an AbortSignal', new AbortController().signal, 'cancel the future of the task instead'],
  ['shared memory', new SharedArrayBuffer(8), 'send a copy of its bytes'], ['a boxed symbol', Object(Symbol.for('a')), 'send Symbol.for(key)'],
  ['an EventTarget', new EventTarget(), `EventTarget ${lives}`],
  ['10,000 levels', deep(10_000), 'it is nested deeper than 1000 (MAX_DEPTH)'],
]; // biome-ignore format: a table

describe('what cannot travel is refused with the way to it', () => {
  it.each(refused)('%s', async (_, value, message) => {
    const held = { value };
    const identity = (it: unknown) => it;
    const ways: [() => unknown, string][] = [
      [() => client.submit(identity, value), 'cannot send argument 1'],
      [() => client.submit(identity, held), 'cannot send argument 1 -> value'],
      [() => client.submit(identity, nested(2, value)), 'cannot send argument 1 -> [0] -> [0]'],
      [() => client.map(identity, [1, value]), 'cannot send argument 1 of row 1'],
      [() => client.submit(function task() { return held.value; }), 'cannot send task -> '],
      [() => client.scatter(held), 'cannot send scattered value -> value'],
    ]; // biome-ignore format: a table
    for (const [call, way] of ways) {
      expect(call).toThrow(way);
      expect(call).toThrow(message);
    }
    expect(await client.submit(identity, 1)).toBe(1);
  });
});
