import { describe, expect, it } from 'vitest';
import '../index.ts';
import {
  decodeColumns,
  type EncodeHooks,
  encodeColumns,
  FUTURE,
  joinParts,
  partsLength,
} from '../../values/index.ts';

const TABLE = new Float64Array(10_000).fill(2);
const KEY = Symbol('key');
const ROWS = 100;

class Point {
  static readonly ORIGIN = new Point(0);
  static made = 0;
  readonly #secret: number;
  readonly at: Record<string, unknown>;
  [KEY] = 1;
  constructor(x: number, at: Record<string, unknown> = {}) {
    this.#secret = x;
    this.at = at;
  }
  get sum(): number {
    return this.#secret + (TABLE[0] ?? 0) + this[KEY];
  }
}

class Far extends Point {
  readonly #name = 'far';
  get name(): string {
    return `${this.#name} ${this.sum}`;
  }
}

const noFutures: EncodeHooks = { future: () => {}, futures: () => {} };
const rowsOf = (column: readonly unknown[], hooks = noFutures) =>
  decodeColumns(joinParts(encodeColumns([column], column.length, hooks)), {
    resolve: (task) => `value of ${task}`,
    captured: (task) => ({ value: task }),
  });
const points = () => Array.from({ length: ROWS }, (_, x) => new Point(x));

/** Private fields make a class arrive here as a copy of itself, as it does in another process. */
describe('a column of instances', () => {
  it('sends what their class closes over once', () => {
    const one = partsLength(encodeColumns([points().slice(0, 1)], 1));
    expect(one).toBeGreaterThan(TABLE.byteLength);
    expect(partsLength(encodeColumns([points()], ROWS))).toBeLessThan(2 * one);
  });

  it('tells how much of it is there once, for one row too', () => {
    for (const column of [points(), points().slice(0, 1)]) {
      const told: number[] = [];
      const parts = encodeColumns([column], column.length, { shared: (bytes) => told.push(bytes) });
      expect(told).toHaveLength(1);
      expect(told[0]).toBeGreaterThan(TABLE.byteLength);
      expect(partsLength(parts) - (told[0] ?? 0)).toBeLessThan(1_000 * column.length);
    }
  });

  it('gives each row its instance, of one class, whatever row is read first', () => {
    const read = rowsOf([...points(), new Far(5)]);
    const far = read(ROWS)[0] as Far;
    expect([far.name, far.sum]).toEqual(['far 8', 8]);
    const [third, first] = [read(3)[0] as Point, read(0)[0] as Point];
    expect([third.sum, first.sum]).toEqual([6, 3]);
    expect(third).toBeInstanceOf(first.constructor);
    expect(far).toBeInstanceOf(first.constructor);
  });

  it('leaves rows copies of their own of what they have in common', () => {
    const at = { seen: 0 };
    const same = new Point(1, at);
    const read = rowsOf([same, same, new Point(2, at), new Point(3)]);
    const [a, b, c] = [0, 1, 2].map((row) => read(row)[0] as Point) as [Point, Point, Point];
    a.at.seen = 1;
    expect([a, b, c].map((point) => point.at.seen)).toEqual([1, 0, 0]);
    expect((read(0)[0] as Point).at.seen).toBe(0);
  });

  it('keeps a part of the class the same as in the class', () => {
    class Color {
      static readonly RED = new Color('red');
      readonly #name: string;
      constructor(name: string) {
        this.#name = name;
      }
      get name(): string {
        return this.#name;
      }
      isRed(): boolean {
        return this === Color.RED;
      }
    }
    const read = rowsOf([Color.RED, new Color('blue'), Color.RED]);
    const reds = [0, 1, 2].map((row) => (read(row)[0] as Color).isRed());
    expect(reds).toEqual([true, false, true]);
  });

  it('keeps a counter that a class shares with a function of the row', () => {
    const read = rowsOf([new Counted(), new Counted()]);
    const counted = read(0)[0] as Counted;
    counted.count();
    expect([counted.total, total]).toEqual([1, 0]);
  });

  it('hears of the futures of each row once, and of those that a class holds for its rows', () => {
    const held = { [FUTURE]: 9 };
    class Waiting {
      readonly #x: unknown;
      constructor(x: unknown) {
        this.#x = x;
      }
      get held(): unknown {
        return [this.#x, held];
      }
    }
    const heard: (readonly [number, number])[] = [];
    const hooks: EncodeHooks = { future: (future, row) => heard.push([future[FUTURE], row]) };
    const read = rowsOf(
      [new Point(1, { x: { [FUTURE]: 4 } }), [new Waiting(1)], [new Point(1), { [FUTURE]: 5 }]],
      hooks,
    );
    expect(heard).toHaveLength(3);
    expect(heard).toEqual(
      expect.arrayContaining([
        [4, 0],
        [9, 1],
        [5, 2],
      ]),
    );
    expect((read(2)[0] as unknown[])[1]).toBe('value of 5');
    expect((read(1)[0] as Waiting[])[0]?.held).toEqual([1, { value: 9 }]);
  });

  it('refuses a row that cannot travel with its own path', () => {
    const stuck = Promise.resolve();
    class Stuck {
      get it(): unknown {
        return stuck;
      }
    }
    expect(() => encodeColumns([[new Point(1), new Point(2, { stuck })]], 2)).toThrow(
      /argument 1 of row 1 -> at -> stuck: a Promise/,
    );
    expect(() => encodeColumns([[new Point(1), new Stuck()]], 2)).toThrow(/argument 1 of row 1 .*stuck/);
  });
});

let total = 0;
class Counted {
  readonly #count = new Map([
    [
      'count',
      () => {
        total += 1;
      },
    ],
  ]);
  count(): void {
    this.#count.get('count')?.();
  }
  get total(): number {
    return total;
  }
}
