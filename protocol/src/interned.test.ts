import { describe, expect, it } from 'vitest';
import { Interned } from './interned.ts';

describe('bytes that come again', () => {
  const reader = () => {
    const read: string[] = [];
    const interned = new Interned((bytes) => {
      const text = new TextDecoder().decode(bytes);
      read.push(text);
      if (text === 'bad') throw new Error('bad bytes');
      return { text };
    });
    return { read, interned, of: (text: string) => interned.of(new TextEncoder().encode(text)) };
  };

  it('are read once, and give the same object', () => {
    const { read, of } = reader();
    const [first, other, again] = [of('f'), of('g'), of('f')];
    expect(again).toBe(first);
    expect(other).toEqual({ text: 'g' });
    expect(read).toEqual(['f', 'g']);
  });

  it('are read wherever they lie in a message', () => {
    const { read } = reader();
    const interned = new Interned((bytes) => read.push(String(bytes)));
    const message = Uint8Array.of(9, 1, 2, 9, 9, 1, 2);
    interned.of(message.subarray(1, 3));
    interned.of(message.subarray(5, 7));
    expect(read).toEqual(['1,2']);
  });

  it('are read anew once they are forgotten', () => {
    const { read, interned, of } = reader();
    const before = of('f');
    interned.forget();
    expect(of('f')).not.toBe(before);
    expect(read).toEqual(['f', 'f']);
  });

  it('are refused each time when they cannot be read', () => {
    const { read, of } = reader();
    expect(() => of('bad')).toThrow('bad bytes');
    expect(() => of('bad')).toThrow('bad bytes');
    expect(read).toEqual(['bad', 'bad']);
  });

  it('are not remembered when they are long, nor without end', () => {
    const { read, of } = reader();
    const long = 'x'.repeat(5_000);
    expect(of(long)).not.toBe(of(long));
    const first = of('0');
    for (let i = 1; i <= 1_000; i++) of(String(i));
    expect(of('0')).not.toBe(first);
    expect(read).toHaveLength(1_004);
  });
});
