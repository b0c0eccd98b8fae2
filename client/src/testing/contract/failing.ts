/** Tasks that fail, are ended, are tried again. */
import { context } from '@taskloom/worker';
import { describe, expect, it } from 'vitest';
import type { TaskOutput } from '../../output.ts';
import type { Its } from './port.ts';
import { explode, inc, range } from './works.ts';

export function failing({ client }: Its): void {
  describe('a task that throws', () => {
    it('rejects with the same kind of error, and where it happened', async () => {
      const future = client().submit(explode, 'luck');
      const error = await future.then(
        () => undefined,
        (reason: unknown) => reason as RangeError & { taskloom: object },
      );
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: 'no luck today', taskloom: { task: 'explode', attempt: 0 } });
      expect(error?.stack).toContain('explode');
      expect(future.status).toBe('failed');
      expect(await future.exception()).toBe(error);
    });

    it('fails what depends on it with the same error', async () => {
      const broken = client().submit(explode, 'luck');
      await expect(client().submit(inc, broken)).rejects.toThrow('no luck today');
      await expect(client().gather(client().map(inc, client().map(explode, ['x', 'y'])))).rejects.toThrow(
        /no [xy] today/,
      );
    });

    it('is no unhandled rejection when nobody awaits it', async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      const future = client().submit(explode, 'luck');
      const result = future.result();
      await client().wait(future);
      await client().wait(client().map(explode, ['x']));
      await new Promise(setImmediate);
      process.off('unhandledRejection', note);
      expect(unhandled).toEqual([]);
      await expect(result).rejects.toThrow('luck');
    });
  });
}

export function working({ client, cluster }: Its): void {
  const forever = () => {
    for (;;);
  };

  it('give the values of futures that they captured, where those stand in a result', async () => {
    const two = client().submit(inc, 1);
    const list = client().map(inc, [10, 20]);
    const give = () => ({ two, list, deep: new Map([['k', [two, { two }]]]), later: () => two.value });
    const { later, ...given } = (await client().submit(give)) as unknown as { later: () => number };
    expect(given).toEqual({ two: 2, list: [11, 21], deep: new Map([['k', [2, { two: 2 }]]]) });
    expect(later()).toBe(2);
    expect(await client().submit(() => list)).toEqual([11, 21]);
  });

  it('answer what may be asked of a future that they captured', async () => {
    const two = client().submit(inc, 1);
    const asked = async () => {
      two.cancel();
      two.release();
      const [same, error] = await Promise.all([two.catch(() => 0).finally(() => {}), two.exception()]);
      return [two.status, same, error, await two.result(), await two];
    };
    expect(await client().submit(asked)).toEqual(['done', 2, undefined, 2, 2]);
    expect(await two).toBe(2);
  });

  it('end when they are cancelled, running or not, and what depends on them', async () => {
    const running = client().submit(forever);
    const after = client().submit(() => running.value);
    running.cancel();
    await expect(running).rejects.toThrow('cancelled');
    expect([running.status, (await client().wait(after)).done]).toEqual(['cancelled', [after]]);
    const list = client().map((x: number) => {
      for (;;) if (x < 0) return x;
    }, range(100));
    client().cancel(list);
    await client().wait(list);
    expect(new Set([...list].map(({ status }) => status))).toEqual(new Set(['cancelled']));
    expect(await client().submit(inc, 1)).toBe(2);
  });

  it('fail when they take longer than timeoutMs', async () => {
    await expect(client().with({ timeoutMs: 50 }).submit(forever)).rejects.toThrow(
      'longer than timeoutMs: 50',
    );
  });

  it('are left out by gather, or are their errors, however they failed', async () => {
    const cancelled = client().submit(forever);
    cancelled.cancel();
    const refused = client().submit(() => ({ at: new WeakRef({}) }));
    const shape = {
      list: [cancelled, client().submit(inc, 1), refused],
      map: new Map([['gone', cancelled]]),
      refused,
    };
    expect(await client().gather(shape, { errors: 'skip' })).toEqual({ list: [2], map: new Map() });
    const { list, map, refused: error } = await client().gather(shape, { errors: 'return' });
    expect(list).toMatchObject([{ name: 'CancelledError', code: 'cancelled' }, 2, { code: 'cannot-travel' }]);
    expect(map.get('gone')).toBe(list[0]);
    expect(error).toBe(list[2]);
    expect(error).toMatchObject({ message: expect.stringContaining('result -> at: WeakRef') });
    expect(await client().gather(cancelled, { errors: 'skip' })).toBeUndefined();
    await expect(client().gather(shape)).rejects.toThrow(/cancelled|WeakRef/);
  });

  it('are tried again as often as retries says', async () => {
    const stubborn = (until: number) => {
      const { attempt } = context();
      if (attempt < until) throw new Error(`attempt ${attempt}`);
      return attempt;
    };
    expect(await client().with({ retries: 3 }).submit(stubborn, 2)).toBe(2);
    await expect(client().with({ retries: 1 }).submit(stubborn, 9)).rejects.toMatchObject({
      message: 'attempt 1',
      taskloom: { attempt: 1 },
    });
  });

  it('write to whoever listens', async () => {
    const heard: TaskOutput[] = [];
    const listening = cluster().client({ output: (output) => heard.push(output) });
    const speak = (text: string) => console.log(text);
    await listening.submit(speak, 'warp');
    await listening.submit(speak, 'weft');
    expect(heard.map(({ task, stream, text }) => [task, stream, text])).toContainEqual([
      'speak',
      'stdout',
      'warp\n',
    ]);
    await listening.close();
  });

  it('cannot use the client that they capture', async () => {
    const captured = client();
    await expect(client().submit(() => captured.submit(inc, 1))).rejects.toThrow('client');
  });
}
