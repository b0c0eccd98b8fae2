import { expect, test } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import type { Kube, WriteOptions } from '../api.ts';
import { resource } from '../resources.ts';
import { Fence, NotLeaderError } from './fence.ts';
import { fenced } from './fenced.ts';

const THINGS = resource('v1', 'ConfigMap', 'configmaps');
const thing = { metadata: { namespace: 'ns', name: 'a' } };

test('every write stops at the fence, reading does not', async () => {
  const clock = new VirtualClock();
  const fence = new Fence(clock);
  fence.extend({ now: clock.now(), wall: clock.wall() }, 10_000);
  const calls: string[] = [];
  const called =
    (what: string) =>
    async (...given: unknown[]) => {
      calls.push(what);
      return given[0] as never;
    };
  const names = ['get', 'list', 'watch', 'log', 'create', 'apply', 'update', 'merge', 'delete'] as const;
  const kube = fenced(
    Object.fromEntries(names.map((name) => [name, called(name)])) as unknown as Kube,
    fence,
  );
  const writes = [
    () => kube.create(THINGS, thing),
    () => kube.apply(THINGS, thing),
    () => kube.update(THINGS, thing),
    () => kube.merge(THINGS, thing.metadata, {}),
    () => kube.delete(THINGS, thing.metadata),
  ];
  for (const write of writes) await write();
  expect(calls.splice(0)).toEqual(['create', 'apply', 'update', 'merge', 'delete']);
  await clock.advance(10_000);
  for (const write of writes) await expect(write()).rejects.toThrow(NotLeaderError);
  await kube.get(THINGS, thing.metadata);
  expect(calls).toEqual(['get']);
});

test('a write that is under way is aborted when the fence falls', async () => {
  const fence = new Fence(new VirtualClock());
  fence.extend({ now: 0, wall: Number.POSITIVE_INFINITY }, 10_000);
  const create = (_of: unknown, _object: unknown, { signal }: WriteOptions = {}) =>
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  const writing = fenced({ create } as unknown as Kube, fence).create(THINGS, thing);
  fence.drop('another replica holds the lease');
  await expect(writing).rejects.toThrow('stopped leading: another replica holds the lease');
});
