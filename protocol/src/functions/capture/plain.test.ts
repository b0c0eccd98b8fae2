import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainScan } from './plain.ts';

/** Objects 0..n-1 with the given edges; those listed as special are functions. */
function build(
  size: number,
  edges: readonly (readonly [number, number])[],
  special: ReadonlySet<number>,
): object[] {
  const objects = Array.from({ length: size }, (_, index): object => (special.has(index) ? () => index : {}));
  for (const [from, to] of edges) {
    if (!special.has(from % size)) Reflect.set(objects[from % size]!, `to${to % size}`, objects[to % size]);
  }
  return objects;
}

function reaches(from: object, wanted: (object: object) => boolean, seen = new Set<object>()): boolean {
  if (wanted(from)) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.values(from).some((child: object) => reaches(child, wanted, seen));
}

describe('plain data', () => {
  it('is what reaches nothing special, in any graph and asked in any order', () => {
    const graphs = fc.record({
      edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 }),
      special: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
      order: fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }),
    });
    fc.assert(
      fc.property(graphs, ({ edges, special, order }) => {
        const objects = build(12, edges, new Set(special));
        const scan = new PlainScan();
        for (const index of order) {
          const object = objects[index]!;
          const mixed = reaches(object, (at) => typeof at === 'function');
          expect(scan.isPlain(object)).toBe(!mixed);
        }
      }),
    );
  });

  it('is told apart in a long chain whose end is special, for each link', () => {
    interface Link {
      next?: Link | (() => void);
    }
    const links: Link[] = Array.from({ length: 50_000 }, () => ({}));
    links.forEach((link, index) => {
      link.next = links[index + 1] ?? (() => {});
    });
    const scan = new PlainScan();
    expect(links.filter((link) => scan.isPlain(link))).toEqual([]);
  });

  it.each([
    [
      'an accessor',
      {
        get a() {
          return 1;
        },
      },
    ],
    ['a hidden property', Object.defineProperty({}, 'a', { value: 1 })],
    ['a symbol as key', { [Symbol('a')]: 1 }],
    ['a symbol as value', { a: [Symbol('a')] }],
    ['no prototype', Object.create(null)],
    ['an instance', new (class A {})()],
    ['a subclass of a collection', new (class M extends Map {})()],
    ['an array with a name', Object.assign([1], { a: 1 })],
    ['a named map', Object.assign(new Map(), { a: 1 })],
    ['a function in a map key', new Map([[() => 1, 1]])],
    ['a proxy', new Proxy({}, {})],
    ['an error', new Error('x')],
  ])('is not what has %s', (_name, value) => {
    expect(new PlainScan().isPlain(value)).toBe(false);
  });
});
