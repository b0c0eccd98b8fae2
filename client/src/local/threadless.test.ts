import { expect, it, vi } from 'vitest';
import { LocalCluster } from './local-cluster.ts';

vi.mock('@taskloom/worker', async (original) => {
  const { startWorker, ...others } = await original<typeof import('@taskloom/worker')>();
  const withoutRoom: typeof startWorker = (options, signal) =>
    startWorker({ ...options, threadMemoryMb: 1 }, signal);
  return { ...others, startWorker: withoutRoom };
});

it('an in-process cluster whose threads cannot start says so to all that wait for them', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  // Whichever was first: to start, or to find out.
  const failing = LocalCluster.start({ inProcess: true, threads: 1 }).then(async (cluster) => {
    const client = cluster.client();
    await client
      .submit(() => 1)
      .result()
      .catch(() => {});
    cluster.client();
  });
  await expect(failing).rejects.toThrow('its threads do not start: it ran out of memory');
  expect(written.mock.calls.join()).toContain('its threads do not start');
});
