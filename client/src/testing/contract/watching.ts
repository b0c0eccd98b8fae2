/** How tasks end, without their values. */
import { describe, expect, it } from 'vitest';
import type { ClientError } from '../../errors.ts';
import type { Its } from './port.ts';
import { explode, inc, range } from './works.ts';

export function watching({ client }: Its): void {
  describe('watching', () => {
    it('waits for all, well or not', async () => {
      const futures = [client().submit(inc, 1), client().submit(explode, 'x')];
      const { done, notDone } = await client().wait(futures);
      expect(done).toEqual(futures);
      expect(notDone).toEqual([]);
    });

    it('gives futures as they end', async () => {
      const list = client().map(inc, range(100));
      const seen: number[] = [];
      for await (const future of client().asCompleted([list, client().submit(inc, 1000)]))
        seen.push(await future);
      expect(seen.sort((a, b) => a - b)).toEqual([...range(100).map(inc), 1001]);
    });

    it('takes futures of different types together', async () => {
      const texts = client().map((text: string) => text.toUpperCase(), ['a', 'b']);
      const mixed = [client().submit(inc, 1), texts];
      expect((await client().wait(mixed)).done).toHaveLength(3);
      const seen = new Set<number | string>();
      for await (const future of client().asCompleted(mixed)) seen.add(await future);
      expect(seen).toEqual(new Set([2, 'A', 'B']));
      const stream = { write: () => true };
      expect(await client().progress(mixed, { stream })).toEqual({ ended: 3, failed: 0 });
      client().release(mixed);
      expect(texts[1]!.status).toBe('released');
      const ended = client().submit(inc, 1);
      await ended;
      const never = client().submit(() => new Promise<string>(() => {}));
      client().cancel([ended, never]);
      expect((await never.exception())?.name).toBe('CancelledError');
      expect(ended.status).toBe('done');
    });

    it('takes more while it runs', async () => {
      const ended = client().asCompleted(client().submit(inc, 0));
      const seen: number[] = [];
      for await (const future of ended) {
        seen.push(await future);
        if (seen.length < 4) ended.add(client().submit(inc, future));
      }
      expect(seen).toEqual([1, 2, 3, 4]);
    });

    it('shows progress by function as plain lines', async () => {
      const lines: string[] = [];
      const progress = client().progress([client().map(inc, range(10)), client().submit(explode, 'x')], {
        stream: { write: (text) => lines.push(text) },
      });
      expect(await progress).toEqual({ ended: 11, failed: 1 });
      expect(lines).toContain('inc: 10/10\n');
      expect(lines).toContain('explode: 1/1, 1 failed\n');
    });

    it('ends progress as it ends wait and gather when one of them is released', async () => {
      const futures = [client().submit(inc, 1), client().submit(inc, 2)];
      await client().wait(futures);
      futures[0]!.release();
      const stream = { write: () => true };
      for (const watching of [
        client().progress(futures, { stream }),
        client().wait(futures),
        client().gather(futures),
      ])
        await expect(watching).rejects.toMatchObject({ code: 'released-future' });
    });

    it('explains and counts', async () => {
      expect(await client().explain(client().submit(inc, 1))).toEqual(expect.any(String));
      expect(await client().counters()).toEqual(expect.any(Object));
    });

    it('knows the workers', async () => {
      const workers = await client().waitForWorkers(1);
      expect(client().workers).toEqual(workers);
      const late = await client()
        .waitForWorkers(99, { timeoutMs: 1 })
        .catch((error: ClientError) => error);
      expect(late).toMatchObject({ code: 'timed-out' });
    });

    it('runs a function once on each worker', async () => {
      const names = client().workers.map(({ name }) => name);
      expect([...(await client().run(inc, 1))]).toEqual(names.map((name) => [name, 2]));
      const keyed = client().with({ key: 'one' });
      const once = keyed.submit(inc, 5);
      expect([...(await keyed.run(inc, 2))]).toEqual(names.map((name) => [name, 3]));
      expect(await once).toBe(6);
    });
  });
}
