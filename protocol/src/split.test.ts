import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal, sealPieces } from './codec.ts';
import { Limits } from './limits.ts';
import { hotMessage } from './messages.arbitrary.ts';
import { HOT, type HotMessage } from './messages.ts';
import { isDivisible } from './split.ts';

const divisible = HOT.filter(isDivisible);

test('what can leave in pieces is what has a section for each row and nothing else', () => {
  expect(divisible.map((spec) => spec.op)).toEqual(['results', 'failed', 'finished', 'erred', 'data']);
});

test.each(divisible.map((spec) => [spec.op, spec] as const))(
  'the pieces of %s say what it said',
  (_, spec) => {
    fc.assert(
      fc.property(hotMessage(spec), fc.nat({ max: 200 }), (message, most) => {
        const pieces = sealPieces(message, most).map((piece) => piece.message as HotMessage);
        expect(pieces.flatMap((piece) => [...piece.sections])).toEqual([...message.sections]);
        for (const name of spec.columns) {
          const column = (one: HotMessage) => [...(one as unknown as Record<string, Uint32Array>)[name]!];
          expect(pieces.flatMap(column)).toEqual(column(message));
        }
        for (const piece of pieces) {
          expect(piece.sections.length === 1 || seal(piece).bytes <= most + 64 || pieces.length === 1).toBe(
            true,
          );
        }
      }),
    );
  },
);

test('results too many for one message leave in several, in order', () => {
  const rows = 2_000;
  const section = new Uint8Array(Limits.inlineResultBytes);
  const results: HotMessage = {
    op: 'results',
    first: Uint32Array.from({ length: rows }, (_, i) => i),
    count: new Uint32Array(rows).fill(1),
    sections: new Array(rows).fill(section),
  };
  expect(() => seal(results)).toThrow('frameBytes');
  const most = 512 * 1024;
  const pieces = sealPieces(results, most);
  expect(Math.max(...pieces.map(({ bytes }) => bytes))).toBeLessThan(most + 1024);
  const firsts = pieces.flatMap(({ message }) => (message.op === 'results' ? [...message.first] : []));
  expect(firsts).toEqual([...results.first]);
});

test('any other message stays whole', () => {
  const whole = HOT.filter((spec) => !isDivisible(spec)).map((spec) => hotMessage(spec));
  fc.assert(
    fc.property(fc.oneof(...whole), (message) => {
      expect(sealPieces(message, 1).map((piece) => piece.message)).toEqual([message]);
    }),
  );
});
