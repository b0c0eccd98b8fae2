import { errorMonitor, once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { parse } from 'acorn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeError, decodeValue, encodeValue, joinParts } from '../values/index.ts';
import type { Call, Reply } from './fixtures/thread.contract.ts';
import { captureFunction } from './index.ts';

class Animal {
  static made = 0;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    Animal.made += 1;
  }
}
class Dog extends Animal {
  speak(): string {
    return `${this.name}: woof`;
  }
}
class Safe {
  #code = 1;
  turn(): number {
    this.#code += 1;
    return this.#code;
  }
}
class Strongroom extends Safe {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  twice(): string {
    return `${this.name} ${this.turn()} ${this.turn()}`;
  }
}
class Cellar extends Strongroom {}
class Refusal extends RangeError {
  readonly field: string;
  constructor(field: string, options?: ErrorOptions) {
    super(`${field} is refused`, options);
    this.field = field;
  }
  override get name(): string {
    return `Refusal of ${this.field.toUpperCase()}`;
  }
  set taskloom(_place: unknown) {
    throw new Error('nobody sets what a class defines');
  }
  get advice(): string {
    return `leave out ${this.field}`;
  }
}
class Sealed extends Error {
  #code = 1;
  get code(): number {
    return this.#code;
  }
}
let mood = 'calm';
class Moody {
  read(): string {
    return mood;
  }
}
const registry = new Map<string, number>();
const settings = { depth: { level: 1 }, registry };
const plugins = { list: [() => 1] };
const kinds = new WeakMap<object, string>();
let made = 0;
class Registering {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    made += 1;
    registry.set(name, made);
    plugins.list.push(() => 2);
  }
}
class Kind {
  constructor(kind: string) {
    kinds.set(this, kind);
  }
  read(): string | undefined {
    return kinds.get(this);
  }
}
class Forgetting {
  forget(): void {
    registry.clear();
  }
}
const line = { words: [] as string[], received: 0, length: () => line.words.length };
const senders = new Set<unknown>([line]);
class Sender {
  send(word: string): number {
    senders.add(this);
    return line.words.push(word);
  }
}
class Receiver {
  receive(): unknown[] {
    line.received += 1;
    return [line.words.shift(), line.received];
  }
}
class Levels {
  up(): number {
    settings.depth.level += 1;
    return settings.depth.level;
  }
}
class Fixed {}
const AREA = Symbol('area');
class Square {
  readonly side: number;
  constructor(side: number) {
    this.side = side;
  }
  [AREA](): number {
    return this.side ** 2;
  }
}
Object.defineProperty(Fixed, 'limit', { value: { n: 1 } });
Object.defineProperty(Fixed.prototype, 'read', { value: () => 1 });
Object.defineProperty(Fixed.prototype, 'seen', { get: () => 2 });

let worker: Worker;
beforeAll(() => {
  const file = path.join(import.meta.dirname, 'fixtures/thread.contract.ts');
  worker = new Worker(file, { execArgv: ['--conditions=taskloom-source'] });
});
afterAll(() => worker.terminate());

async function call<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
  const image = captureFunction(fn);
  const sources = new Map(
    image.sources.map(({ hash, parts }) => [hash, Buffer.from(joinParts(parts)).toString()]),
  );
  const message: Call = {
    graph: joinParts(image.graph.parts),
    sources,
    args: joinParts(encodeValue(args)),
  };
  worker.postMessage(message);
  const [reply] = (await once(worker, 'message')) as [Reply];
  if ('error' in reply) throw decodeError(reply.error);
  return decodeValue(reply.result) as Awaited<R>;
}

describe('what comes home', () => {
  it('is of the class that it was written as, whose state stays as it is here', async () => {
    const before = Animal.made;
    const dog = await call(() => new Dog('Rex'));
    expect(dog).toBeInstanceOf(Dog);
    expect(dog.constructor).toBe(Dog);
    expect([dog.speak(), Animal.made]).toEqual(['Rex: woof', before]);
  });

  it('is, as a thrown error, of the class that it was written as, its causes too', async () => {
    const refuse = () => {
      class Here extends Refusal {}
      throw new Here('age', { cause: new Refusal('name') });
    };
    const error: unknown = await call(refuse).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ name: 'Refusal of AGE', field: 'age', advice: 'leave out age' });
    expect((error as Refusal).cause).toBeInstanceOf(Refusal);
  });

  it('is, as a thrown error, of the nearest class of the runtime where only construction makes its class whole', async () => {
    const fail = () => {
      throw new Sealed('shut');
    };
    const error: unknown = await call(fail).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(Sealed);
    expect(error).toMatchObject({ name: 'Sealed', message: 'shut' });
  });

  it('keeps its private fields, in one copy of its class', async () => {
    const open = () => {
      const safe = new Safe();
      safe.turn();
      return safe;
    };
    const [one, two] = [await call(open), await call(open)];
    expect([one.turn(), one.constructor === two.constructor]).toEqual([3, true]);
  });

  it('keeps the private fields of a base, of which it is a copy as that is', async () => {
    const cellar = await call(() => new Cellar('deep'));
    expect([cellar.twice(), cellar.turn()]).toEqual(['deep 2 3', 4]);
    const [one, two] = await call(() => [new Strongroom('a'), new Safe()] as const);
    expect([one.twice(), two.turn(), one instanceof two.constructor]).toEqual(['a 2 3', 2, true]);
    const back = await call(
      (given: Cellar) => [given.twice(), given instanceof Safe, given instanceof Cellar],
      cellar,
    );
    expect(back).toEqual(['deep 5 6', true, true]);
  });

  it('can be sent out again', async () => {
    const dog = await call(() => new Dog('Tramp'));
    expect(await call((d: Dog) => [d instanceof Dog, d.speak()], dog)).toEqual([true, 'Tramp: woof']);
    const safe = await call(() => new Safe());
    expect(await call((s: Safe) => [s.turn(), s instanceof Safe], safe)).toEqual([2, true]);
  });

  it('may be a function that was made there, with what it closes over there', async () => {
    const scale = 3;
    const make = (offset: number) => {
      let calls = 0;
      return (text: string) => {
        calls += 1;
        return [parse(text, { ecmaVersion: 2020 }).body.length * scale + offset, calls];
      };
    };
    const made = await call(make, 100);
    expect([made('a;b'), made('a')]).toEqual([
      [106, 1],
      [103, 2],
    ]);
    const image = captureFunction(made);
    expect(image.packages.map(({ name }) => name)).toEqual(['acorn']);
  });

  it('may be a method of a class that refers to packages and to the script around it', async () => {
    class Reader {
      static depth = 2;
      async read(text: string) {
        const { basename } = await import('node:path');
        return [parse(text, { ecmaVersion: 2020 }).type, basename(import.meta.url), Reader.depth];
      }
    }
    const reader = await call(() => new Reader());
    expect(await reader.read('a')).toEqual(['Program', 'home.test.ts', 2]);
  });
});

describe('a symbol', () => {
  it('is the same in the function, in its arguments and in what comes home', async () => {
    const read = (tagged: { [AREA]: number }, area: symbol) => [tagged[AREA], area === AREA];
    expect(await call(read, { [AREA]: 3 }, AREA)).toEqual([3, true]);
    const [tagged, area, made] = await call(() => [{ [AREA]: 4 }, AREA, Symbol('area')] as const);
    expect([tagged[AREA], area === AREA, (made as symbol) === AREA]).toEqual([4, true, false]);
    const again = await call((one: symbol, other: symbol) => [one === AREA, other === AREA], area, made);
    expect(again).toEqual([true, false]);
  });

  it('names a method of a class that was there before', async () => {
    expect(await call(() => new Square(2)[AREA]())).toBe(4);
    expect(await call((square: Square) => [square[AREA](), new Square(1)[AREA]()], new Square(3))).toEqual([
      9, 1,
    ]);
  });

  it('of Node is the one that Node has there', async () => {
    const seen = await call(async (given: symbol) => {
      const { errorMonitor: there } = await import('node:events');
      return [given === there, errorMonitor === there];
    }, errorMonitor);
    expect(seen).toEqual([true, true]);
  });
});

describe('a class on a worker', () => {
  it('is the same for the function and for its arguments', async () => {
    const seen = await call((dog: Dog) => [dog instanceof Dog, dog.constructor === Dog], new Dog('Lassie'));
    expect(seen).toEqual([true, true]);
  });

  it('has the static state of the call', async () => {
    const grow = () => {
      new Dog('x');
      return Animal.made;
    };
    const { made } = Animal;
    expect([await call(grow), await call(grow)]).toEqual([made + 1, made + 1]);
  });

  it('is another when what it closes over has changed', async () => {
    const read = () => new Moody().read();
    const calm = await call(read);
    mood = 'wild';
    expect([calm, await call(read)]).toEqual(['calm', 'wild']);
  });

  it('shares what it closes over with all functions that mention it, whenever they came', async () => {
    const first = (name: string) => {
      new Registering(name);
      return [registry.has(name), registry.size, made, plugins.list.length];
    };
    expect(await call(first, 'a')).toEqual([true, 1, 1, 2]);
    const second = (name: string) => {
      new Registering(name);
      return [made, plugins.list.length, registry.size, settings.registry === registry];
    };
    expect(await call(second, 'b')).toEqual([2, 3, 2, true]);
    const other = () => {
      new Forgetting().forget();
      return new Registering('c') && [registry.size, made];
    };
    expect(await call(other)).toEqual([1, 3]);
  });

  it('shares it with other classes that close over it, whichever came first', async () => {
    expect(await call(() => new Sender().send('a'))).toBe(1);
    expect(await call(() => new Receiver().receive())).toEqual(['a', 1]);
    const both = () => [new Sender().send('b'), ...new Receiver().receive(), line.length()];
    expect(await call(both)).toEqual([1, 'b', 2, 0]);
    expect(await call((receiver: Receiver) => receiver.receive(), new Receiver())).toEqual([undefined, 3]);
    line.words.push('from here');
    expect(await call(both)).toEqual([2, 'from here', 1, 1]);
  });

  it('has what the client has changed of it since', async () => {
    const read = () => new Levels().up() + settings.depth.level;
    expect(await call(read)).toBe(4);
    settings.depth.level = 10;
    expect(await call(read)).toBe(22);
    const again = () => [new Levels().up(), settings.depth.level];
    expect(await call(again)).toEqual([12, 12]);
  });

  it('learns of objects that arrive later what a weak collection says of them', async () => {
    await call(() => new Kind('x').read());
    expect(await call((kind: Kind) => kind.read(), new Kind('y'))).toBe('y');
  });

  it('keeps properties that cannot be put there twice', async () => {
    const read = () => {
      const { read, seen } = new Fixed() as unknown as { read(): number; seen: number };
      return [read(), seen, (Fixed as unknown as { limit: { n: number } }).limit.n];
    };
    const twice = () => read().concat(read());
    expect([await call(read), await call(twice)]).toEqual([
      [1, 2, 1],
      [1, 2, 1, 1, 2, 1],
    ]);
  });
});
