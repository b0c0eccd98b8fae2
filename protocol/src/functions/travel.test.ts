import { beforeAll, describe, expect, it } from 'vitest';
import { cases } from './fixtures/all.contract.ts';
import { modernClasses } from './fixtures/classes.contract.ts';
import { packAll } from './fixtures/parcel.contract.ts';
import { PLACES, receiveElsewhere, sendFrom } from './fixtures/places.contract.ts';

const STARTING_MS = 60_000;

describe.each([...Object.keys(PLACES), 'vitest'])('functions sent from %s', (place) => {
  let troubles = new Map<string, string>();

  beforeAll(async () => {
    const parcels = place === 'vitest' ? await packAll(cases) : sendFrom(place);
    troubles = receiveElsewhere(parcels);
  }, STARTING_MS);

  const sent = Object.keys(cases).filter((name) => !place.includes('ES2017') || !(name in modernClasses));
  it.each(sent)('%s: the same result in another process', (name) => {
    expect(troubles.get(name)).toBe('');
  });
});

it("import() of a module of one's own, sent from vitest, which names it by the root of its server", async () => {
  const imports = async () => (await import('./fixtures/local.contract.ts')).scaled(2);
  const parcels = await packAll({ imports: () => [imports] });
  expect(receiveElsewhere(parcels).get('imports')).toBe('');
});
