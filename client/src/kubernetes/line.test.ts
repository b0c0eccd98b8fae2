import { describe, expect, test } from 'vitest';
import { lineOn } from './line.ts';

function written(isTTY: boolean) {
  let text = '';
  const stream = { isTTY, write: (more: string) => (text += more) };
  return { line: lineOn(stream), text: () => text };
}

describe('a line that says what is waited for', () => {
  test('is drawn over itself on a terminal, and leaves nothing', () => {
    const { line, text } = written(true);
    line.say('0/2 workers');
    line.say('0/2 workers');
    line.say('1/2 workers');
    line.end();
    line.end();
    expect(text()).toBe('\r\x1b[2K0/2 workers\r\x1b[2K1/2 workers\r\x1b[2K');
  });

  test('is a line for each change elsewhere', () => {
    const { line, text } = written(false);
    line.say('0/2 workers');
    line.say('0/2 workers');
    line.say('1/2 workers');
    line.end();
    expect(text()).toBe('0/2 workers\n1/2 workers\n');
  });
});
