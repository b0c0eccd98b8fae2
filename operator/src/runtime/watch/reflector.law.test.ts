/** The law: whatever happens on the way, the cache becomes equal to what the server has, and what was told adds up to it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FaultySource } from '../../testing/faulty-source.ts';
import { ModelServer, type Thing } from '../../testing/model-server.ts';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import { keyOf } from '../objects.ts';
import { byLabel, type Change } from './cache.ts';
import { Reflector } from './reflector.ts';

type Happening =
  | { readonly is: 'put'; readonly name: string; readonly label: string }
  | { readonly is: 'put-ourselves'; readonly name: string; readonly label: string }
  | { readonly is: 'remove'; readonly name: string }
  | { readonly is: 'compact' }
  | { readonly is: 'relist' }
  | { readonly is: 'stop' }
  | { readonly is: 'start' }
  | { readonly is: 'pass'; readonly ms: number };

const name = fc.integer({ min: 0, max: 9 }).map((n) => `thing-${n}`);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ is: fc.constant('put' as const), name, label: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('put-ourselves' as const),
      name,
      label: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('remove' as const), name }) },
  { weight: 1, arbitrary: fc.constant({ is: 'compact' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'relist' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'stop' as const }) },
  { weight: 2, arbitrary: fc.constant({ is: 'start' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({ is: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60_000 }) }),
  },
);

/** Enough for the longest stall and the longest wait behind it, in milliseconds. */
const HEALED_MS = 400_000;

class World {
  readonly clock = new VirtualClock();
  readonly server = new ModelServer();
  readonly source: FaultySource;
  readonly reflector: Reflector<Thing>;
  /** What was told, added up. */
  readonly told = new Map<string, Thing>();
  #version = 0;
  #running = false;

  constructor(random: () => number) {
    const { clock } = this;
    this.source = new FaultySource(this.server, random);
    const indexes = { label: byLabel('label') };
    const changed = (change: Change<Thing>) => this.#tell(change);
    this.reflector = new Reflector({ source: this.source, clock, random, indexes, changed });
  }

  async happen(what: Happening): Promise<void> {
    if (what.is === 'put') this.server.put(what.name, `v${++this.#version}`, { label: what.label });
    else if (what.is === 'put-ourselves') this.#learn(what.name, what.label);
    else if (what.is === 'remove') this.server.remove(what.name);
    else if (what.is === 'compact') this.server.compact();
    else if (what.is === 'relist') void this.reflector.relist();
    else if (what.is === 'pass') await this.clock.advance(what.ms);
    else if (what.is === 'start') this.start();
    else await this.stop();
    await settled();
    expect(this.source.open).toBeLessThanOrEqual(1);
  }

  start(): void {
    if (!this.#running) void this.reflector.start();
    this.#running = true;
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.reflector.stop();
    expect(this.source.open).toBe(0);
  }

  #learn(name: string, label: string): void {
    const answer = this.server.put(name, `v${++this.#version}`, { label });
    const { hasSynced, cache } = this.reflector;
    this.reflector.learn(answer);
    if (hasSynced) expect(cache.get(keyOf(answer))).toEqual(answer);
  }

  contents(): Record<string, Thing> {
    return Object.fromEntries(this.reflector.cache.all().map((thing) => [keyOf(thing), thing]));
  }

  #tell(change: Change<Thing>): void {
    const key = keyOf(change.object);
    const known = this.told.get(key);
    expect(known?.metadata.uid, `${change.is} ${key}`).toBe(
      change.is === 'added' ? undefined : change.object.metadata.uid,
    );
    if (change.is === 'deleted') this.told.delete(key);
    else this.told.set(key, change.object);
  }
}

async function expectEqual(world: World): Promise<void> {
  const { server, reflector } = world;
  expect(world.contents()).toEqual(server.contents());
  expect(Object.fromEntries(world.told)).toEqual(server.contents());
  for (const label of ['a', 'b']) {
    const found = reflector.cache.by('label', label).map(keyOf).sort();
    const there = Object.values(server.contents()).filter((thing) => thing.metadata.labels?.label === label);
    expect(found).toEqual(there.map(keyOf).sort());
  }
}

/** A generator of chances from a seed (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('the cache equals the server after any interleaving of faults', async () => {
  const law = fc.asyncProperty(
    fc.integer(),
    fc.array(happening, { minLength: 1, maxLength: 60 }),
    async (seed, happenings) => {
      const world = new World(chances(seed));
      for (const what of happenings) await world.happen(what);
      world.source.faulty = false;
      world.start();
      await world.clock.advance(HEALED_MS);
      await expectEqual(world);
      await world.stop();
      expect(world.source.mostOpen).toBe(1);
    },
  );
  await fc.assert(law, { numRuns: Number(process.env.TASKLOOM_RUNS ?? 400) });
}, 60_000);

test('a stopped reflector asks nothing and changes nothing', async () => {
  const law = fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 120_000 }), async (seed, ms) => {
    const world = new World(chances(seed));
    world.server.put('thing-0', 'v0');
    world.start();
    await world.clock.advance(ms);
    await world.stop();
    const { requests } = world.source;
    const before = world.contents();
    world.server.put('thing-1', 'v1');
    await world.clock.advance(HEALED_MS);
    expect(world.source.requests).toBe(requests);
    expect(world.contents()).toEqual(before);
  });
  await fc.assert(law, { numRuns: 200 });
}, 60_000);
