/** What holds of every connection, whatever carries it. */
import { afterEach, describe, expect, test } from 'vitest';
import type { ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import type { HotMessage, Message } from '../messages.ts';
import type { Connection } from './port.ts';

export interface Pair {
  readonly near: Connection;
  readonly far: Connection;
  end(): Promise<void>;
}

/** Connections that come in at a door: `next` is the one that comes next, or has come and was not asked for yet. */
export function arrivals() {
  const here: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  return {
    arrived: (connection: Connection) => {
      const first = waiting.shift();
      if (first) first(connection);
      else here.push(connection);
    },
    next: () => {
      const first = here.shift();
      return first ? Promise.resolve(first) : new Promise<Connection>((resolve) => waiting.push(resolve));
    },
  };
}

/** Opens a connection and keeps what it hears. */
export function listen(connection: Connection) {
  const batches: (readonly Message[])[] = [];
  const heard: Message[] = [];
  const attached: boolean[] = [];
  const waiting: (() => void)[] = [];
  let closings = 0;
  let writables = 0;
  const closed = new Promise<ProtocolError>((resolve) => {
    connection.open({
      messages: (batch) => {
        batches.push(batch);
        heard.push(...batch);
        for (const look of waiting) look();
      },
      writable: () => {
        writables++;
        for (const look of waiting) look();
      },
      attached: (on) => attached.push(on),
      closed: (reason) => {
        closings++;
        resolve(reason);
      },
    });
  });
  /** Resolves once `condition` holds after something was heard. */
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => condition() && resolve();
      waiting.push(look);
      look();
    });
  return {
    batches,
    heard,
    attached,
    closed,
    until,
    heardAtLeast: (count: number) => until(() => heard.length >= count),
    get closings() {
      return closings;
    },
    get writables() {
      return writables;
    },
  };
}

export const want = (first: number): HotMessage => ({
  op: 'want',
  first: Uint32Array.of(first),
  count: Uint32Array.of(1),
  sections: [],
});
export const code = (bytes: number): HotMessage => ({
  op: 'code',
  sections: [Uint8Array.of(104), new Uint8Array(bytes)],
});
const leave = (reason: string): Message => ({ op: 'leave', reason });
const numbers = (messages: readonly Message[]) =>
  messages.map((message) => (message.op === 'want' ? message.first[0] : message.op));

export function connectionContract(name: string, make: () => Promise<Pair>): void {
  describe(`a connection over ${name}`, () => {
    let pair: Pair | undefined;
    const connect = async () => {
      pair = await make();
      return pair;
    };
    afterEach(() => pair?.end());

    test('brings messages in order, both ways at once', async () => {
      const { near, far } = await connect();
      const here = listen(near);
      const there = listen(far);
      const expected = Array.from({ length: 500 }, (_, i) => i);
      for (const i of expected) {
        near.send(want(i));
        far.send(want(i));
      }
      await Promise.all([here.heardAtLeast(500), there.heardAtLeast(500)]);
      expect(numbers(here.heard)).toEqual(expected);
      expect(numbers(there.heard)).toEqual(expected);
    });

    test('brings what was said in one turn together, of both kinds', async () => {
      const { near, far } = await connect();
      const there = listen(far);
      near.send(want(1));
      near.send(leave('now'));
      near.send(want(2));
      await there.heardAtLeast(3);
      expect(there.batches).toHaveLength(1);
      expect(there.heard).toEqual([want(1), leave('now'), want(2)]);
    });

    test('keeps what came before it was opened', async () => {
      const { near, far } = await connect();
      near.send(want(1));
      const here = listen(near);
      const echo = listen(far);
      far.send(want(2));
      await here.heardAtLeast(1);
      await echo.heardAtLeast(1);
      expect(numbers(echo.heard)).toEqual([1]);
    });

    test('hands over to new handlers without losing or repeating anything', async () => {
      const { near, far } = await connect();
      const first = listen(far);
      near.send(want(1));
      await first.heardAtLeast(1);
      const second = listen(far);
      near.send(want(2));
      await second.heardAtLeast(1);
      expect(numbers(first.heard)).toEqual([1]);
      expect(numbers(second.heard)).toEqual([2]);
    });

    test('says before it closes what was sent, then why', async () => {
      const { near, far } = await connect();
      const here = listen(near);
      const there = listen(far);
      near.send(want(1));
      near.close('limit-exceeded', 'enough: really');
      const [mine, theirs] = await Promise.all([here.closed, there.closed]);
      expect(numbers(there.heard)).toEqual([1]);
      for (const reason of [mine, theirs]) {
        expect(reason.code).toBe('limit-exceeded');
        expect(reason.message).toBe('enough: really');
      }
    });

    test('closes once, and after that says and hears nothing', async () => {
      const { near, far } = await connect();
      const here = listen(near);
      const there = listen(far);
      near.close();
      near.close('bad-frame', 'again');
      near.send(want(1));
      far.send(want(2));
      expect((await here.closed).code).toBe('closed');
      await there.closed;
      far.close();
      far.send(want(3));
      expect([here.closings, there.closings, here.heard, there.heard]).toEqual([1, 1, [], []]);
    });

    test('opened after it closed tells what came and why it closed', async () => {
      const { near, far } = await connect();
      const here = listen(near);
      near.send(want(1));
      near.close('closed', 'good bye');
      const there = listen(far);
      expect((await there.closed).message).toBe('good bye');
      await here.closed;
      expect(numbers(there.heard)).toEqual([1]);
      const late = listen(far);
      expect((await late.closed).message).toBe('good bye');
    });

    test('lets a reason of any length and script through, cut where it must be', async () => {
      const { near, far } = await connect();
      const there = listen(far);
      near.close('bad-message', 'ä€😀'.repeat(100));
      const { code, message } = await there.closed;
      expect(code).toBe('bad-message');
      expect(message).toMatch(/^(ä€😀)+/u);
      expect(message).not.toContain('\ufffd');
    });

    describe('with credit', () => {
      const MIB = 1024 * 1024;

      test('holds what a reader that does not read has not granted, and says so', async () => {
        const { near, far } = await connect();
        const here = listen(near);
        let sent = 0;
        while (near.writable) {
          near.send(code(MIB));
          sent += MIB;
        }
        expect(sent).toBeLessThanOrEqual(Limits.creditBytes + MIB);
        for (let i = 0; i < 4; i++) near.send(code(MIB));
        // The far side speaks: by then the near side has had its turn to send.
        far.send(want(1));
        await here.heardAtLeast(1);
        expect(near.writable).toBe(false);
        expect(near.queuedBytes).toBeGreaterThan(3 * MIB);
        expect(here.writables).toBe(0);

        const there = listen(far);
        await here.until(() => here.writables === 1);
        expect(near.writable).toBe(true);
        await there.heardAtLeast(sent / MIB + 4);
        expect(near.queuedBytes).toBe(0);
      });

      test('lets a message through that is larger than the window', async () => {
        const { near, far } = await connect();
        listen(near);
        const there = listen(far);
        near.send(code(Limits.creditBytes * 3));
        near.send(want(1));
        await there.heardAtLeast(2);
        expect(there.heard.map((message) => message.op)).toEqual(['code', 'want']);
      });

      test('brings many times the window to a reader that reads', async () => {
        const { near, far } = await connect();
        const here = listen(near);
        const there = listen(far);
        const total = 5 * (Limits.creditBytes / MIB);
        for (let sent = 0; sent < total; sent++) {
          if (!near.writable) await here.until(() => near.writable);
          near.send(code(MIB));
        }
        await there.heardAtLeast(total);
        expect(there.heard).toHaveLength(total);
      });

      test('gives a peer up that lets more wait than is allowed', async () => {
        const { near, far } = await connect();
        const here = listen(near);
        listen(far);
        for (let bytes = 0; bytes <= Limits.outboxBytes + 2 * Limits.creditBytes; bytes += 32 * MIB) {
          near.send(code(32 * MIB));
        }
        const reason = await here.closed;
        expect(reason.code).toBe('limit-exceeded');
        expect(reason.message).toContain('outboxBytes');
        expect(near.queuedBytes).toBe(0);
      });
    });
  });
}
