import { describe, expect, it } from 'vitest';
import { withPart } from './parts.ts';

const ONE = '# One\n\nfirst\n\n## Goals\n\nold\n';
const TWO = '# Two\n\nsecond\n';

describe('a part of the results', () => {
  it('is all there is at first', () => expect(withPart('', ONE)).toBe(ONE));

  it('comes after what others have written', () => expect(withPart(ONE, TWO)).toBe(`${ONE}\n${TWO}`));

  it('takes the place of the one before it, and leaves the others as they are', () => {
    const both = withPart(ONE, TWO);
    expect(withPart(both, '# One\n\nnew\n')).toBe(`# One\n\nnew\n\n${TWO}`);
    expect(withPart(both, '# Two\n\nnew\n')).toBe(`${ONE}\n# Two\n\nnew\n`);
  });

  it('changes nothing when it is the same', () => {
    const both = withPart(ONE, TWO);
    expect(withPart(both, TWO)).toBe(both);
    expect(withPart(both, ONE)).toBe(both);
  });
});
