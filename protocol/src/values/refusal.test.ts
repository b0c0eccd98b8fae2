import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeValue, TravelError } from './index.ts';

class Connection {
  open = true;
}

function refusalOf(value: unknown, path?: string): TravelError {
  try {
    encodeValue(value, undefined, path);
  } catch (error) {
    if (error instanceof TravelError) return error;
  }
  throw new Error('the value was not refused');
}

describe('what cannot travel', () => {
  it('is named by the path to it', () => {
    const { message, path, code } = refusalOf({ db: { conn: new Connection() } }, 'score');
    expect(message).toBe('cannot send score -> db -> conn: Connection lives in this process');
    expect(path).toEqual(['score', 'db', 'conn']);
    expect(code).toBe('cannot-travel');
  });

  it('is found in every kind of container', () => {
    const bad = Symbol('x');
    expect(refusalOf([1, [bad]]).path).toEqual(['[1]', '[0]']);
    expect(refusalOf(new Map([['a', { bad }]])).path).toEqual(['get("a")', 'bad']);
    expect(refusalOf(new Map([[bad, 1]])).path).toEqual(['key symbol']);
    expect(refusalOf(new Set([1, bad])).path).toEqual(['item 1']);
    expect(refusalOf(new Error('x', { cause: bad })).path).toEqual(['cause']);
  });

  const reasons: [string, unknown, RegExp][] = [
    ['a function', function score() {}, /function score is code/],
    ['a promise', Promise.resolve(1), /await it/],
    ['a socket', createServer(), /Server lives in this process/],
    ['shared memory', new SharedArrayBuffer(8), /send a typed array/],
    ['weak references', new WeakMap(), /WeakMap lives in this process/],
    ['symbols as keys', { [Symbol('x')]: 1 }, /symbols as keys/],
    ['an object without prototype', Object.create(null), /no prototype/],
    ['a proxy of a map', new Proxy(new Map(), {}), /Map lives in this process/],
    ['a subclass of an array', new (class Rows extends Array {})(), /Rows lives in this process/],
    [
      'a subclass of a typed array',
      new (class Pixels extends Uint8Array {})(4),
      /Pixels lives in this process/,
    ],
    ['a map with properties', Object.assign(new Map(), { extra: 1 }), /Map lives in this process/],
  ];
  it.each(reasons)('is refused with the reason: %s', (_, value, reason) => {
    expect(refusalOf(value).message).toMatch(reason);
  });
});
