import { expect, test } from 'vitest';
import { SentCode } from './sent-code.ts';

const blob = (hash: string, bytes = 1_000) => ({ hash, parts: [new Uint8Array(bytes)] });

/** What is said before a call of this function. */
function before(code: SentCode, graph: string, ...sources: string[]): string[] {
  const { send, letGo } = code.use(
    blob(graph),
    sources.map((hash) => blob(hash)),
  );
  return [...letGo.map((hash) => `let go ${hash}`), ...send.map(({ hash }) => hash)];
}

test('code is sent once', () => {
  const code = new SentCode(1_000_000);
  expect(before(code, 'f', 'text')).toEqual(['f', 'text']);
  expect(before(code, 'f', 'text')).toEqual([]);
  expect(before(code, 'g', 'text')).toEqual(['g']);
  expect(before(code, 'f', 'text')).toEqual([]);
});

test('what was not used for longest is let go where it is too much, and sent when it is used again', () => {
  const code = new SentCode(7_000);
  expect(['a', 'b', 'c'].map((graph) => before(code, graph, 'text'))).toEqual([['a', 'text'], ['b'], ['c']]);
  expect(before(code, 'a', 'text')).toEqual([]);
  expect(before(code, 'd', 'text')).toEqual(['let go b', 'd']);
  expect(before(code, 'b', 'text')).toEqual(['let go c', 'b']);
  expect(before(code, 'a', 'text')).toEqual([]);
});

test('what is named at once is not let go, however much it is', () => {
  const code = new SentCode(100);
  expect(before(code, 'a', 'text')).toEqual(['a', 'text']);
  expect(before(code, 'b', 'text')).toEqual(['let go a', 'b']);
});
