import { afterEach, expect, it, vi } from 'vitest';
import { Workers } from '../workers.ts';
import { LocalCluster } from './local-cluster.ts';

const closed = vi.hoisted(() => [] as string[]);
vi.mock('./in-process.ts', async (original) => {
  const { inProcess } = await original<typeof import('./in-process.ts')>();
  return {
    inProcess: async (settings: Parameters<typeof inProcess>[0]) => {
      const parts = await inProcess(settings);
      const close = async () => {
        await parts.close();
        closed.push(...parts.workers.map(({ name }) => name));
      };
      return { ...parts, close };
    },
  };
});
afterEach(() => vi.restoreAllMocks());

it('what was started within this process ends when the start fails after it', async () => {
  vi.spyOn(Workers.prototype, 'atLeast').mockRejectedValueOnce(new Error('it was not to be'));
  const failing = LocalCluster.start({ inProcess: true, threads: 1, name: 'short' });
  await expect(failing).rejects.toThrow('it was not to be');
  expect(closed).toEqual(['short-1']);
});
