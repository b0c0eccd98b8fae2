import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEnvelope, encodeEnvelope, seal } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { Limits } from './limits.ts';
import { anyMessage, hotMessage } from './messages.arbitrary.ts';
import { HOT, type HotMessage, type Message } from './messages.ts';

const encode = (...messages: Message[]) => encodeEnvelope(messages.map(seal));
const u32s = (...entries: number[]) => Uint32Array.from(entries);
const bytes = (...entries: number[]) => Uint8Array.from(entries);

function refusalOf(run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a hot frame', () => {
  test.each(HOT.map((spec) => [spec.op, spec] as const))('%s arrives as it was sent', (_, spec) => {
    fc.assert(
      fc.property(hotMessage(spec), (message) => {
        expect(decodeEnvelope(encode(message))).toStrictEqual([message]);
      }),
    );
  });

  test('kinds and names are each used once, and kind 0 is control', () => {
    expect(new Set(HOT.map((spec) => spec.kind)).size).toBe(HOT.length);
    expect(new Set(HOT.map((spec) => spec.op)).size).toBe(HOT.length);
    expect(HOT.some((spec) => (spec.kind as number) === 0 || spec.kind > 255)).toBe(false);
  });

  test('is laid out as it is written down', () => {
    const message: HotMessage = {
      op: 'results',
      first: u32s(7),
      count: u32s(2),
      sections: [bytes(1, 2, 3, 4, 5)],
    };
    const frame = [
      11, 2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 0,
      0, 0,
    ];
    expect([...encode(message)]).toEqual([frame.length, 0, 0, 0, ...frame]);
  });
});

describe('an envelope', () => {
  test('holds messages of both kinds in order', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 8 }), (messages) => {
        expect(decodeEnvelope(encode(...messages))).toStrictEqual(messages);
      }),
    );
  });

  test('is read from wherever it lies in memory, and never as a Buffer', () => {
    const message: HotMessage = { op: 'code', sections: [bytes(1), bytes(2, 3)] };
    const envelope = encode(message);
    for (let offset = 0; offset < 8; offset++) {
      const chunk = Buffer.alloc(envelope.length + 8);
      chunk.set(envelope, offset);
      const [read] = decodeEnvelope(chunk.subarray(offset, offset + envelope.length));
      expect(read).toStrictEqual(message);
    }
  });
});

describe('a frame that lies about itself is refused:', () => {
  const results: HotMessage = {
    op: 'results',
    first: u32s(7),
    count: u32s(2),
    sections: [bytes(1, 2, 3, 4)],
  };
  const word = (at: number, value: number, message: Message = results) => {
    const envelope = encode(message);
    new Uint32Array(envelope.buffer, envelope.byteOffset)[at] = value;
    return () => decodeEnvelope(envelope);
  };

  test.each([
    ['an unknown kind', word(1, 99), 'kind 99'],
    ['other columns', word(1, 11 | (3 << 8)), 'other columns'],
    ['a column longer than the frame', word(3, 0xffff_ffff), 'cut short'],
    ['a section longer than the frame', word(5, 0xffff_ffff), 'cut short'],
    ['a section shorter than its bytes', word(5, 0), 'bytes too many'],
    ['fewer sections than rows', word(2, 0), 'bytes too many|sections|cut short'],
    ['uneven columns', word(3, 0), 'uneven|cut short|too many'],
    ['more bytes than there are', word(0, 400), 'says it has 400'],
    ['fewer bytes than a head', word(0, 4), 'says it has 4'],
  ])('%s', (_, run, message) => {
    const error = refusalOf(run);
    expect(error.code).toBe('bad-frame');
    expect(error.message).toMatch(new RegExp(message));
  });

  test('more sections than the limit', () => {
    const error = refusalOf(word(2, Limits.frameSections + 1));
    expect(error.code).toBe('limit-exceeded');
    expect(error.message).toContain('frameSections');
  });

  test.each([
    [u32s(0, 2, 1, 2), 'falling'],
    [u32s(0, 1, 3), 'past the end'],
    [u32s(1, 2), 'not from the start'],
    [u32s(0, 1), 'not to the end'],
    [u32s(), 'missing'],
  ])('offsets %s', (depStart) => {
    const submit: HotMessage = {
      op: 'submit',
      first: u32s(1),
      count: u32s(1),
      blockRows: u32s(3),
      depStart,
      depFirst: u32s(1, 2),
      depCount: u32s(1, 1),
      zip: u32s(),
      sharedFirst: u32s(),
      sharedCount: u32s(),
      sections: [bytes(1), bytes(2)],
    };
    expect(refusalOf(() => decodeEnvelope(encode(submit))).message).toContain('depStart');
  });
});

describe('hostile envelopes', () => {
  /** Whatever comes in, it is either read or refused; nothing else is thrown. */
  const readOrRefuse = (envelope: Uint8Array) => {
    try {
      return decodeEnvelope(envelope).length;
    } catch (error) {
      if (error instanceof ProtocolError) return error.code;
      throw error;
    }
  };

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (envelope) => void readOrRefuse(envelope)),
      {
        numRuns: 2_000,
      },
    );
  });

  test('valid ones with bytes changed, cut and repeated', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
        fc.array(change, { maxLength: 6 }),
        fc.option(fc.nat()),
        (messages, changes, cut) => {
          const valid = encode(...messages);
          const envelope = valid.slice(0, cut === null ? undefined : cut % (valid.length + 1));
          for (const [at, value] of changes) envelope[at % envelope.length] = value;
          readOrRefuse(envelope);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('as many messages as an envelope may hold, and one more', () => {
    const one = encode({ op: 'want', first: u32s(), count: u32s(), sections: [] });
    const many = (count: number) => {
      const out = new Uint8Array(one.length * count);
      for (let i = 0; i < count; i++) out.set(one, i * one.length);
      return out;
    };
    expect(readOrRefuse(many(Limits.envelopeMessages))).toBe(Limits.envelopeMessages);
    expect(readOrRefuse(many(Limits.envelopeMessages + 1))).toBe('limit-exceeded');
  });

  test('nothing at all', () => expect(readOrRefuse(new Uint8Array())).toBe('bad-frame'));
});

test('a message larger than a peer would take is refused where it is made', () => {
  const sections = [bytes(1), new Uint8Array(Limits.frameBytes)];
  expect(refusalOf(() => seal({ op: 'code', sections })).message).toContain('frameBytes');
});
