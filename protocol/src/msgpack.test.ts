import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEnvelope, encodeEnvelope, seal } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { Limits } from './limits.ts';
import type { ControlMessage, Message } from './messages.ts';
import { packMap, unpackMap } from './msgpack.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const repeat = (text: string, times: number) => hex(text.repeat(times));
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function refusalOf(run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A control frame around bytes that `seal` would never make. */
function controlOf(packed: Uint8Array): Uint8Array {
  const frame = new Uint8Array(12 + ((packed.length + 3) & ~3));
  frame.set(packed, 12);
  new Uint32Array(frame.buffer, 0, 3).set([0, 1, packed.length]);
  return join(Uint8Array.from(Buffer.from(Uint32Array.of(frame.length).buffer)), frame);
}

describe('msgpack', () => {
  test('brings plain data through', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
        fc.string(),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(tie('value'), { maxLength: 20 }),
        fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z]{1,40}$/), fc.constant('__proto__')), tie('value'), {
          noNullPrototype: true,
          maxKeys: 20,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(plain, (value) => {
        expect(unpackMap(packMap(value))).toEqual(value);
      }),
    );
  });

  test('leaves out what is undefined, as JSON does', () => {
    expect(unpackMap(packMap({ a: undefined, b: [undefined, 1] }))).toEqual({ b: [null, 1] });
  });

  test('reads 64-bit integers, which other languages write', () => {
    expect(unpackMap(hex('cf 00 00 00 01 00 00 00 00'))).toBe(2 ** 32);
    expect(unpackMap(hex('d3 ff ff ff ff ff ff ff ff'))).toBe(-1);
  });

  test('cannot pollute a prototype', () => {
    const key = (name: string) => join(hex((0xa0 | name.length).toString(16)), Buffer.from(name));
    const read = unpackMap(join(hex('81'), key('__proto__'), hex('81'), key('polluted'), hex('c3')));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((read as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.entries(read as object)).toEqual([['__proto__', { polluted: true }]]);
    const named = unpackMap(join(hex('81'), key('constructor'), hex('81'), key('prototype'), hex('c0')));
    expect(named).toEqual({ constructor: { prototype: null } });
  });
});

describe('msgpack is refused', () => {
  test.each([
    ['nothing', hex(''), 'cut short'],
    ['a string longer than its bytes', hex('db ff ff ff ff 61'), 'ends at'],
    ['bytes longer than there are', hex('c6 ff ff ff ff 61'), 'ends at'],
    ['an array of more than there is', hex('dd ff ff ff ff c0'), 'cut short'],
    ['a length that is cut', hex('dd ff'), 'cut short'],
    ['a number that is cut', hex('cb 00'), 'ends at'],
    ['bytes behind the value', hex('c0 c0'), 'ends at'],
    ['the tag that is never used', hex('c1'), '0xc1'],
    ['an extension, for which msgpackr compiles records', hex('d4 72 40'), '0xd4'],
    ['a date', hex('d6 ff 00 00 00 00'), '0xd6'],
    ['an extension of any length', hex('c9 00 00 00 01 01 00'), '0xc9'],
  ])('with %s', (_, bytes, message) => {
    const error = refusalOf(() => unpackMap(bytes));
    expect(error.code).toBe('bad-frame');
    expect(error.message).toContain(message);
  });

  test('beyond a depth', () => {
    const nested = (depth: number) => join(repeat('91', depth), hex('c0'));
    expect(unpackMap(nested(Limits.controlDepth))).toBeInstanceOf(Array);
    expect(refusalOf(() => unpackMap(nested(Limits.controlDepth + 1))).message).toContain('controlDepth');
    expect(refusalOf(() => unpackMap(nested(10_000_000))).message).toContain('controlDepth');
  });

  test('beyond a number of keys', () => {
    const error = refusalOf(() => unpackMap(hex('df 00 01 00 01')));
    expect(error.code).toBe('limit-exceeded');
    expect(error.message).toContain('controlKeys');
  });

  test('beyond a number of values, however they are nested', () => {
    const row = join(hex('dc ff ff'), repeat('c0', 65_535));
    const rows = Array.from({ length: 65 }, () => row);
    expect(refusalOf(() => unpackMap(join(hex('dc 00 41'), ...rows))).message).toContain('controlValues');
  });

  test('random bytes are read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unpackMap(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a control message', () => {
  const arrives = (message: Message) => decodeEnvelope(encodeEnvelope([seal(message)]))[0];
  const worker = { worker: 3, name: 'w', address: 'http://127.0.0.1:1', threads: 2, resources: { GPU: 1 } };

  test.each<ControlMessage>([
    { op: 'hello', role: 'client', protocol: [1, 1], version: '0.1.0', token: 't' },
    { op: 'welcome', protocol: 1, version: '0.1.0', number: 1, dataToken: 'd' },
    { op: 'refused', code: 'wrong-token', message: 'no' },
    { op: 'heartbeat', storeBytes: 2 ** 40, running: [[1, 2, 3, 4.5]] },
    { op: 'retiring' },
    { op: 'workers', workers: [worker] },
    { op: 'output', batch: 1, index: 2, worker: 'w', name: 'f', stream: 'stdout', text: 'hi' },
    { op: 'ask', id: 1, about: 'counters' },
    { op: 'answer', id: 1, answer: { tasks: { done: 3 } } },
    { op: 'leave', reason: 'scaled down' },
  ])('$op arrives as it was sent', (message) => expect(arrives(message)).toStrictEqual(message));

  test.each([
    ['an unknown op', { op: 'hallo' }, 'message.op'],
    ['a field of another type', { op: 'refused', code: 1, message: '' }, 'refused.code'],
    ['a field that is missing', { op: 'leave' }, 'leave.reason'],
    ['a number out of range', { op: 'ask', id: -1, about: 'explain' }, 'ask.id'],
    ['a text too long', { op: 'leave', reason: 'x'.repeat(5_000) }, 'leave.reason'],
    ['a list instead of a map', [1, 2], 'message'],
  ])('with %s is refused, naming it', (_, value, path) => {
    const error = refusalOf(() => decodeEnvelope(controlOf(packMap(value))));
    expect(error.code).toBe('bad-message');
    expect(error.message).toMatch(new RegExp(`^${path}: `));
  });

  test('that says another length than its frame has is refused', () => {
    const envelope = controlOf(packMap({ op: 'leave', reason: '' }));
    new Uint32Array(envelope.buffer)[3]!++;
    new Uint32Array(envelope.buffer)[3]! += 8;
    expect(refusalOf(() => decodeEnvelope(envelope)).code).toBe('bad-frame');
  });

  test('too large is refused where it is made', () => {
    const answer = 'x'.repeat(Limits.controlBytes);
    expect(refusalOf(() => seal({ op: 'answer', id: 1, answer })).message).toContain('controlBytes');
  });
});
