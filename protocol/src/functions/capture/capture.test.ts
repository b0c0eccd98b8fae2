import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, FUTURE, FUTURES, joinParts, TravelError } from '../../values/index.ts';
import { captureFunction, type FunctionImage, loadFunction, prepareCapture } from '../index.ts';
import { connected } from './inspector.ts';

const RATE = 3;
const settings = { depth: 1 };
let runs = 0;

function scaled(x: number): number {
  return x * RATE;
}

function load(image: FunctionImage, captured?: (task: number) => unknown) {
  const texts = new Map(
    image.sources.map(({ hash, parts }) => [hash, Buffer.from(joinParts(parts)).toString()]),
  );
  const source = (hash: string) => texts.get(hash) ?? '';
  return loadFunction(joinParts(image.graph.parts), { source, ...(captured ? { captured } : {}) });
}

describe('captured again', () => {
  it('is the same image for what closes over what cannot change', () => {
    const doubled = (x: number) => Math.max(scaled(x), RATE) * 2;
    expect(captureFunction(doubled)).toBe(captureFunction(doubled));
  });

  it('is a new copy of data that may change', () => {
    const deep = () => settings.depth;
    const first = captureFunction(deep);
    settings.depth = 2;
    const second = captureFunction(deep);
    expect([load(first)(), load(second)()]).toEqual([1, 2]);
    expect(second.sources).toEqual(first.sources);
    expect(second.graph.hash).not.toBe(first.graph.hash);
  });

  it('sees variables that got another value', () => {
    let local = 1;
    const counted = () => [runs, local];
    const first = captureFunction(counted);
    runs += 1;
    local += 1;
    expect([load(first)(), load(captureFunction(counted))()]).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('sees a function replaced in a helper', () => {
    const table = { by: (x: number) => x + 1 };
    const helper = (x: number) => table.by(x);
    const task = () => helper(1);
    const first = captureFunction(task);
    table.by = (x) => x + 10;
    expect([load(first)(), load(captureFunction(task))()]).toEqual([2, 11]);
  });

  it('has the same sources for closures made by the same code', () => {
    const adder = (a: number) => (b: number) => a + b;
    const [one, two] = [captureFunction(adder(1)), captureFunction(adder(2))];
    expect(one.sources[0]).toBe(two.sources[0]);
    expect(one.graph.hash).not.toBe(two.graph.hash);
    expect([load(one)(10), load(two)(10)]).toEqual([11, 12]);
  });

  it('gives each load its own state', () => {
    let n = 0;
    const image = captureFunction(() => ++n);
    const [a, b] = [load(image), load(image)];
    expect([a(), a(), b(), n]).toEqual([1, 2, 1, 0]);
  });
});

describe('an image', () => {
  it('names the function, its sources by hash, its packages', () => {
    const image = captureFunction(scaled);
    expect(image).toMatchObject({ name: 'scaled', packages: [], futures: [] });
    expect(image.sources.map(({ hash }) => hash)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(joinParts(image.graph.parts)[0]).toBe(3);
  });

  it('leaves at home what a function does not use', () => {
    const image = captureFunction(() => settings.depth);
    expect(image.sources).toHaveLength(1);
    expect(joinParts(image.graph.parts).byteLength).toBeLessThan(200);
  });
});

class FakeFuture {
  readonly [FUTURE]: number;
  constructor(task: number) {
    this[FUTURE] = task;
  }
}

describe('in the place of what stays', () => {
  it('a captured future is listed, and arrives as what the worker holds for it', () => {
    const data = new FakeFuture(7);
    const holder = { list: [data], deep: new Map([['x', data]]) };
    const seen: unknown[] = [];
    const image = captureFunction(() => [data, holder.list[0], holder.deep.get('x')], {
      future: (future, row) => seen.push([future, row]),
    });
    expect(image.futures).toEqual([7]);
    expect(seen).toEqual([[data, 0]]);
    const resolved = { value: 'here' };
    expect(load(image, () => resolved)()).toEqual([resolved, resolved, resolved]);
  });

  it('a captured list of futures arrives as their list', () => {
    const list = { [FUTURES]: { first: 4, count: 3 } };
    const image = captureFunction(() => list, { futures: () => {} });
    expect(image.futures).toEqual([4, 5, 6]);
    expect(load(image, (task) => `task ${task}`)()).toEqual(['task 4', 'task 5', 'task 6']);
  });

  it('a future beside functions in an argument arrives as its value, one that a function captured resolved', () => {
    const data = new FakeFuture(9);
    const bytes = joinParts(encodeValue({ data, read: () => data }, { future: () => {} }));
    const context = { resolve: (task: number) => task * 10, captured: (task: number) => ({ value: task }) };
    const value = decodeValue(bytes, context) as { data: number; read(): unknown };
    expect([value.data, value.read()]).toEqual([90, { value: 9 }]);
  });

  it('a future in what caused an error arrives resolved, and is refused where nobody knows what to do with it', () => {
    const caused = new Error('outer', { cause: new TypeError('inner', { cause: [new FakeFuture(9)] }) });
    const told: unknown[] = [];
    const bytes = joinParts(encodeValue(caused, { future: (future) => told.push(future[FUTURE]) }));
    const error = decodeValue(bytes, { captured: (task) => ({ value: `of ${task}` }) }) as Error;
    expect([(error.cause as Error).message, (error.cause as Error).cause]).toEqual([
      'inner',
      [{ value: 'of 9' }],
    ]);
    expect(told).toEqual([9]);
    expect(() => encodeValue(caused)).toThrow(/cause -> cause -> \[0\]: a Future has no meaning here/);
  });

  it('a client says where it lives when it is used', () => {
    const client = { [Symbol.for('taskloom.client')]: true, submit: () => 1, socket: Promise.resolve() };
    const image = captureFunction((use: boolean) => use && client.submit());
    expect(load(image)(false)).toBe(false);
    expect(() => load(image)(true)).toThrow(
      /lives in the process that made it and cannot be used inside a task/,
    );
  });

  it("what works inside tasks only is the worker's", () => {
    const context = Object.assign(() => 'the client has none', {
      [Symbol.for('taskloom.intask')]: 'context',
    });
    const image = captureFunction(() => context());
    const table = Symbol.for('taskloom.intask.table');
    Reflect.set(globalThis, table, { context: () => 'of the worker' });
    expect(load(image)()).toBe('of the worker');
    Reflect.deleteProperty(globalThis, table);
    expect(() => load(image)()).toThrow(/inside a task on a worker only/);
  });

  it("coverage's counters count nothing", () => {
    const cov_1a2b3c = () => ({ f: [0], s: [0], b: [[0, 0]] });
    const image = captureFunction(() => {
      cov_1a2b3c().f[0]!++;
      cov_1a2b3c().b[0]![1]!++;
      return 'ran';
    });
    expect(load(image)()).toBe('ran');
    expect(image.sources).toHaveLength(1);
  });
});

describe('capturing ahead', () => {
  it('changes nothing', () => {
    prepareCapture();
    expect(load(captureFunction(scaled))(2)).toBe(6);
  });
});

describe('between two captures', () => {
  it('a debugger statement holds nobody up', () => {
    captureFunction(() => 'looked at');
    // biome-ignore lint/security/noGlobalEval: the statement must not be compiled with this file
    expect(globalThis.eval('debugger; 1')).toBe(1);
  });
});

describe('functions as values', () => {
  it('hold no futures where nobody resolves them', () => {
    const data = new FakeFuture(1);
    expect(() => encodeValue(() => data)).toThrow(TravelError);
  });

  it('carry their sources', () => {
    const by = (x: number) => scaled(x) + 1;
    const value = decodeValue(joinParts(encodeValue({ by, again: by }))) as {
      by: typeof by;
      again: typeof by;
    };
    expect(value.by(2)).toBe(7);
    expect(value.again).toBe(value.by);
  });
});

it('closures captured in a loop without a pause are not looked at with the debugger on', () => {
  let announced = 0;
  connected().on('Debugger.scriptParsed', () => announced++);
  // biome-ignore lint/security/noGlobalEval: a script that nobody has looked at
  const closure: (step: number) => () => number = globalThis.eval('(step) => () => step');
  const capture = (step: number) => captureFunction(closure(step));
  for (const began = performance.now(); performance.now() - began < 150; ) capture(1);
  expect(announced).toBeGreaterThan(0);
  announced = 0;
  for (let step = 0; step < 10; step++) capture(step);
  expect(announced).toBe(0);
});
