import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { localAddressTo } from './local-address.ts';

describe('the address by which another sees this machine', () => {
  it.each([
    ['ws://127.0.0.1:8786', '127.0.0.1'],
    ['ws://127.9.9.9:8786', '127.0.0.1'],
    ['wss://localhost:8786', expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
  ])('is loopback for %s', async (url, seen) => {
    expect(await localAddressTo(url)).toEqual(seen);
  });

  it('is one of its own for a machine elsewhere, if a way leads there', async () => {
    const own = Object.values(networkInterfaces()).flatMap((each) =>
      (each ?? []).map(({ address }) => address),
    );
    // Documentation's network (RFC 5737), to which nothing is sent.
    const seen = await localAddressTo('ws://198.51.100.1:8786');
    expect([undefined, ...own]).toContain(seen);
  });

  it('is not known where the name is not', async () => {
    expect(await localAddressTo('ws://nobody.invalid:8786')).toBeUndefined();
  });
});
