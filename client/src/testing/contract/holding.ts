/** What futures hold: releases and keys. */
import { describe, expect, it } from 'vitest';
import { ClientError } from '../../errors.ts';
import type { FutureList } from '../../future-list.ts';
import type { Its } from './port.ts';
import { add, inc, range } from './works.ts';

export function releasing({ client }: Its): void {
  describe('cancel and release', () => {
    it('release says so', async () => {
      const future = client().submit(inc, 1);
      const waiting = future.result();
      future.release();
      await expect(waiting).rejects.toMatchObject({ code: 'released-future' });
      expect(future.status).toBe('released');
      const list = client().map(inc, range(3000));
      client().release(list);
      expect([list.at(0)?.status, list.at(2999)?.status]).toEqual(['released', 'released']);
      await expect(client().gather(list)).rejects.toThrow('released');
    });

    it('a released list leaves what was made from it', async () => {
      const items = client().map(inc, [1, 2]);
      const more = client().map(inc, items);
      items.release();
      expect(await client().gather(more)).toEqual([3, 4]);
    });
  });
}

export function keys({ client }: Its): void {
  describe('a key', () => {
    it('is one task for one call', async () => {
      const named = client().with({ key: '__proto__' });
      const once = named.submit(inc, 1);
      expect(named.submit(inc, 1)).toBe(once);
      expect(await once).toBe(2);
      expect(() => named.submit(inc, 2)).toThrow('"__proto__" is already that of another call (inc)');
      expect(() => named.submit(add, 1, 1)).toThrow(ClientError);
      expect(() => named.map(inc, [5])).toThrow(ClientError);
      expect(() => named.map(inc, [1])).toThrow(ClientError);
      once.release();
      expect(await named.submit(inc, 2)).toBe(3);
    });

    it('names a whole map', async () => {
      const named = client().with({ key: 'squares' });
      const list: FutureList<number> = named.map(inc, range(3));
      expect(named.map(inc, range(3))).toBe(list);
      expect(() => named.map(inc, range(4))).toThrow(ClientError);
    });
  });
}
