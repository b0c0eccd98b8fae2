/** What cannot be meant is refused where it is said. */
import { Limits } from '@taskloom/protocol';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../client.ts';
import type { Its } from './port.ts';
import { inc, pending, range, sum } from './works.ts';

export function refusing({ client, cluster }: Its): void {
  describe('what cannot be meant is refused where it is said', () => {
    const refusals: [string, (client: Client) => unknown, string][] = [
      ['no function', (c) => c.submit(5 as never), 'function'],
      ['a function that cannot travel', (c) => c.submit(() => pending), 'pending'],
      ['a value that cannot travel', (c) => c.submit((x: unknown) => x, { a: [pending] }), 'a'],
      ['a map over a number', (c) => c.map(inc, 5 as never), 'argument 2 is 5: for one call use submit'],
      ['a map over a text', (c) => c.map((x: string) => x, 'abc'), '[...text]'],
      ['a map over nothing', (c) => c.map(...([inc] as unknown as [typeof inc, number[]])), 'at least one'],
      [
        'an unknown option',
        (c) => c.with({ retrys: 1 } as never),
        'no option "retrys": did you mean "retries"? There are key, retries',
      ],
      [
        'an option of another kind',
        (c) => c.with({ timeoutMs: -1 }),
        'timeoutMs must be a finite number above 0, got -1',
      ],
      [
        'resources named __proto__',
        (c) => c.with({ resources: JSON.parse('{"__proto__": 1}') }),
        'resources',
      ],
      [
        'a large argument',
        (c) => c.submit((x: Uint8Array) => x.length, new Uint8Array(33 * 2 ** 20)),
        'scatter the large one first',
      ],
      [
        'a large captured value',
        (c) => {
          const large = new Uint8Array(33 * 2 ** 20);
          return c.submit(() => large.length);
        },
        'codeBytes',
      ],
      [
        'endless resources',
        (c) => c.with({ resources: { a: Number.POSITIVE_INFINITY } }).submit(inc, 1),
        'resources must be',
      ],
      ['errors of another kind', (c) => c.gather([], { errors: 'ignore' } as never), "'skip'"],
    ];
    it('a row of a map, by its place in the map', () => {
      const rows = (count: number, last: unknown) => [
        ...Array.from({ length: count }, (_, x) => ({ x })),
        last,
      ];
      const refused = (row: unknown) => () => client().map((x: unknown) => x, [row]);
      expect(refused({ pending })).toThrow('cannot send argument 1 of row 0 -> pending: ');
      for (const count of [1, 2, 1_000, 3_000, 70_000])
        expect(() =>
          client().map((_: unknown, x: unknown) => x, range(count + 1), rows(count, { pending })),
        ).toThrow(`cannot send argument 2 of row ${count} -> pending: `);
      const large = { text: 'x'.repeat(60_000) };
      expect(() => client().map((x: unknown) => x, [1, large, large, large, { pending }])).toThrow(
        'of row 4 -> pending',
      );
      expect(() => client().submit((x: unknown) => x, { pending })).toThrow(
        'cannot send argument 1 -> pending: ',
      );
    });

    it.each(refusals)('%s', async (_, call, message) => {
      expect(() => call(client())).toThrow(message);
      expect(await client().submit(inc, 1)).toBe(2);
    });

    it('an answer to too large a question', async () => {
      const { namesAsked } = Limits;
      const retiring = client().retire(Array(namesAsked + 1).fill('w'));
      await expect(retiring).rejects.toThrow(`more than namesAsked (${namesAsked})`);
      await expect(client().retire(Array(5_000).fill('w'.repeat(4_000)))).rejects.toThrow('controlBytes');
      expect(await client().submit(inc, 1)).toBe(2);
    });

    it('a released future', async () => {
      const future = client().submit(inc, 1);
      future.release();
      expect(() => client().submit(inc, future)).toThrow('was released');
      expect(() => client().submit(sum, [future])).toThrow('was released');
      expect(() => client().submit(() => future.value)).toThrow('was released');
      expect(await client().submit(inc, 1)).toBe(2);
    });

    it('a future of another client', async () => {
      const other = cluster().client();
      await other.waitForWorkers(1);
      const theirs = other.submit(inc, 1);
      const list = other.map(inc, [1]);
      for (const call of [
        () => client().submit(inc, theirs),
        () => client().submit(sum, [theirs]),
        () => client().map(inc, list),
        () => client().submit(() => theirs.value),
        () => client().gather(theirs),
        () => client().wait(theirs),
        () => client().cancel(list),
      ]) {
        expect(call).toThrow('belongs to another client');
      }
      expect(await theirs).toBe(2);
      await other.close();
      await expect(other.gather(list)).rejects.toThrow('closed');
      expect(() => other.submit(inc, 1)).toThrow('closed');
    });
  });
}
