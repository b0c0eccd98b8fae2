import { describe, expect, it } from 'vitest';
import { addressOf } from './address.ts';

describe('the address of a scheduler', () => {
  it.each([
    ['127.0.0.1:8786', 'ws://127.0.0.1:8786'],
    ['ws://10.0.0.5:8786/', 'ws://10.0.0.5:8786'],
    ['WSS://Loom.example:8786', 'wss://loom.example:8786'],
    ['[::1]:8786', 'ws://[::1]:8786'],
    ['loom:80', 'ws://loom:80'],
    ['wss://loom:443', 'wss://loom:443'],
    ['wss://loom:80', 'wss://loom:80'],
  ])('%s is %s', (text, address) => {
    expect(addressOf(text)).toBe(address);
  });

  it('is none of a cluster in one process, which says what to do instead', () => {
    expect(() => addressOf('memory:')).toThrow('call its client()');
  });

  it.each(['loom', 'http://loom:8786', 'ws://loom', 'ws://', '', 'ws://loom:port', 'ws://[::1]', 5 as never])(
    'is not %s',
    (text) => {
      expect(() => addressOf(text)).toThrow(/is no address of a scheduler: it looks like/);
    },
  );
});
