import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frameHead, Opcode } from './frames.ts';

/** As a server sends it: not masked. */
function frame(opcode: number, payload: Uint8Array, fin = true): Buffer {
  const head = frameHead(opcode, payload.length).subarray(0, -4);
  head[1] = (head[1] as number) & 0x7f;
  if (!fin) head[0] = opcode;
  return Buffer.concat([head, payload]);
}

/** What is read of bytes that come in pieces that end at these places. */
function readAll(bytes: Buffer, ends: readonly number[] = []) {
  const messages: Buffer[] = [];
  const controls: [number, string][] = [];
  let present: Buffer[] = [];
  const reader = new FrameReader({
    data(piece, first, last) {
      expect(piece.length).toBeGreaterThan(0);
      expect(first).toBe(present.length === 0);
      present.push(Buffer.from(piece));
      if (!last) return;
      messages.push(Buffer.concat(present));
      present = [];
    },
    control: (opcode, payload) => void controls.push([opcode, payload.toString()]),
  });
  let from = 0;
  for (const end of [...ends.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    reader.read(bytes.subarray(from, end));
    from = end;
  }
  return { messages, controls };
}

describe('frames', () => {
  const payload = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc
      .constantFrom(125, 126, 127, 65_535, 65_536, 70_000)
      .map((length) => new Uint8Array(length).fill(length)),
  );

  it('come as they were sent, wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(payload, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (payloads, ends) => {
          const bytes = Buffer.concat(payloads.map((each) => frame(Opcode.binary, each)));
          expect(readAll(bytes, ends).messages).toEqual(payloads.map((each) => Buffer.from(each)));
        },
      ),
    );
  });

  it('of one message belong together, with others between that are none of it', () => {
    const bytes = Buffer.concat([
      frame(Opcode.binary, Buffer.from('one '), false),
      frame(Opcode.ping, Buffer.from('there?')),
      frame(Opcode.continuation, Buffer.alloc(0), false),
      frame(Opcode.continuation, Buffer.from('message')),
      frame(Opcode.pong, Buffer.alloc(0)),
      frame(Opcode.text, Buffer.from('another')),
      frame(Opcode.close, Buffer.from([3, 232])),
    ]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { messages, controls } = readAll(bytes, [cut]);
      expect(messages.map(String)).toEqual(['one message', 'another']);
      expect(controls.map(([opcode]) => opcode)).toEqual([Opcode.ping, Opcode.pong, Opcode.close]);
      expect(controls[0]?.[1]).toBe('there?');
    }
  });

  it.each([
    ['has bits that nobody agreed on', [0xc2, 0x01, 0x00], 'extension'],
    ['has an opcode that nobody knows', [0x83, 0x01, 0x00], 'opcode 3'],
    ['is masked, which a server never does', [0x82, 0x81, 0, 0, 0, 0, 0], 'masked'],
    ['is a long control frame', [0x89, 126, 0, 200], 'longer than it may be'],
    ['is a part of a control frame', [0x09, 0x01, 0x00], 'longer than it may be'],
  ])('are refused when one %s', (_, bytes, why) => {
    expect(() => readAll(Buffer.from(bytes))).toThrow(why);
  });
});
