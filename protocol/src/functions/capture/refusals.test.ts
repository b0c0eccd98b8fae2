import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { Limits } from '../../limits.ts';
import { TravelError } from '../../values/index.ts';
import { captureFunction } from '../index.ts';

function refusalOf(fn: () => unknown): string {
  try {
    captureFunction(fn);
  } catch (error) {
    if (error instanceof TravelError) return error.message;
    throw error;
  }
  return 'it was sent';
}

class Room {
  size = 1;
}
class Vault extends Room {
  #key = 1;
  handler = () => this.#key;
  static open = 0;
  read() {
    return this.#key;
  }
  self() {
    return () => this.read();
  }
  up() {
    return super.valueOf();
  }
}

describe('what cannot travel is refused with the way to it', () => {
  it('a socket in an object in a variable', () => {
    const db = { conn: new net.Socket() };
    const score = () => db.conn.destroyed;
    expect(refusalOf(score)).toBe('cannot send score -> db -> conn: net.Socket lives in this process');
  });

  it('a class of which a member is named by what the runtime has not kept', () => {
    const forgotten = (key: string) =>
      class Row {
        [key] = 1;
      };
    const kept = (key: string) =>
      class Row {
        [key] = 1;
        [Symbol.iterator]() {
          return [key][Symbol.iterator]();
        }
      };
    const [Forgotten, Kept] = [forgotten('a'), kept('a')];
    expect(refusalOf(() => new Forgotten())).toContain('-> Forgotten: key names one of its members, and no');
    expect(refusalOf(() => [...new Kept()])).toBe('it was sent');
  });

  it('through functions, arrays, maps, bound values and private fields', () => {
    const socket = new net.Socket();
    const lists = { all: [1, { at: socket }] };
    const helper = () => lists.all;
    const byList = () => helper();
    expect(refusalOf(byList)).toContain('byList -> helper -> lists -> all -> [1] -> at: net.Socket');
    const map = new Map([['main', { socket }]]);
    const byMap = () => map.size;
    expect(refusalOf(byMap)).toContain('byMap -> map -> get("main") -> socket: net.Socket');
    const bound = ((a: unknown) => a).bind(null, socket);
    expect(refusalOf(bound)).toContain('-> bound argument 0: net.Socket');
    class Pool {
      readonly #conn = socket;
      get open() {
        return this.#conn.destroyed;
      }
    }
    const pool = new Pool();
    const byField = () => pool.open;
    expect(refusalOf(byField)).toContain('byField -> pool -> #conn: net.Socket');
  });

  it('with both ends of a way that is long', () => {
    let chain: object = new net.Socket();
    for (let link = 0; link < 1_000; link += 1) chain = { link: chain };
    const walk = () => chain;
    const link = ' -> link'.repeat(8);
    expect(refusalOf(walk)).toBe(
      `cannot send walk -> chain${link.slice(0, -' -> link'.length * 2)} -> … 986 more …${link}: net.Socket lives in this process`,
    );
  });

  const here: readonly [name: string, make: () => unknown, reason: RegExp][] = [
    ['a promise', () => Promise.resolve(1), /await it first/],
    ['a generator', () => (function* () {})(), /running generator/],
    ['an iterator', () => new Map().entries(), /iterator/],
    ['shared memory', () => new SharedArrayBuffer(8), /SharedArrayBuffer/],
    ['a weak reference', () => new WeakRef({}), /WeakRef lives in this process/],
    ['an abort signal', () => new AbortController().signal, /lives in this process/],
    ['a class that Node loads late', () => new AsyncLocalStorage(), /AsyncLocalStorage lives .* in the task/],
    ['a server', () => net.createServer(), /net\.Server lives in this process/],
    [
      'an instance of a subclass',
      () => new (class Line extends net.Socket {})(),
      /net\.Socket lives in this process/,
    ],
    ['a timer', () => setTimeout(() => {}, 0).unref(), /lives in this process/],
  ];
  it.each(here)('%s', (_name, make, reason) => {
    const thing = make();
    const task = () => thing;
    expect(refusalOf(task)).toMatch(reason);
    expect(refusalOf(task)).toContain('cannot send task -> thing');
  });

  it('an arrow function that uses the `this` around it', () => {
    expect(refusalOf(new Vault().self())).toMatch(/`this` of the function around it.*const self = this/s);
    expect(refusalOf(new Vault().handler)).toMatch(/`this`|#key/);
  });

  it('an arrow function of a field, where the engine has the fields', async () => {
    const text = `
      class Score {
        weight = 2;
        of = () => this.weight;
        static own = () => this.name;
      }
      export const { of } = new Score();
      export const { own } = Score;
    `;
    const { of, own } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`);
    for (const fn of [of, own, () => of()]) expect(refusalOf(fn)).toMatch(/`this` of the function around it/);
  });

  it('what Node shows nothing of, with what to send instead', () => {
    const traced = new Proxy(() => 1, { apply: () => 2 });
    expect(refusalOf(() => traced())).toContain(
      '-> traced: it is a Proxy of a function, whose handler is hidden',
    );
    const base = { name: () => 'base' };
    const derived = {
      __proto__: base,
      name() {
        return super.toString();
      },
    };
    expect(refusalOf(() => derived.name())).toContain(
      '-> derived -> name: it uses `super`, which is known only',
    );
  });

  it('a method that needs its class', () => {
    expect(refusalOf(Vault.prototype.read as () => unknown)).toMatch(/#key, which is private to its class/);
    expect(refusalOf(Vault.prototype.up as () => unknown)).toMatch(/`super`/);
  });

  it('a variable that has no value yet', () => {
    const early = () => late;
    const message = refusalOf(early);
    const late = 1;
    expect(message).toMatch(/late has no value yet/);
    expect(refusalOf(early)).toBe('it was sent');
  });

  it('but not what only looks like it', () => {
    const emitter = new EventEmitter();
    const thenable = Object.fromEntries([['then', 1]]);
    const fine = () => [emitter.listenerCount('x'), thenable];
    expect(refusalOf(fine)).toBe('it was sent');
  });
});

describe('what is too much for one function', () => {
  it('is refused by the name of the limit', () => {
    const large = new Uint8Array(Limits.codeBytes);
    const heavy = () => large.length;
    expect(refusalOf(heavy)).toMatch(/^cannot send heavy: it is \d+ bytes .* codeBytes is 33554432: scatter/);
    const many = Array.from({ length: Limits.functionSources }, (_, at) => new Function(`return ${at}`));
    const wide = () => many.length;
    expect(refusalOf(wide)).toContain('made of 4097 functions, functionSources is 4096');
  });

  it('is not a name: it is clipped, and what is no text is none', () => {
    const named = (name: unknown) =>
      captureFunction(Object.defineProperty(() => 1, 'name', { value: name })).name;
    expect(named('x'.repeat(5_000))).toBe(`${'x'.repeat(Limits.textCharacters - 1)}…`);
    expect([named('x'.repeat(Limits.textCharacters)).length, named(''), named(7)]).toEqual([
      Limits.textCharacters,
      'anonymous',
      'anonymous',
    ]);
  });
});
