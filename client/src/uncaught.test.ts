import { expect, it } from 'vitest';
import { runScript } from './testing/script.ts';

it('an error of a task that nobody catches is shown as it is, without a line of the library above it', async () => {
  const { code, err } = await runScript(`
    import { LocalCluster } from '@taskloom/client';
    await using cluster = await LocalCluster.start({ inProcess: true, threads: 1 });
    await cluster.client().submit(() => { throw new RangeError('no'); });
  `);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^node:internal.*\nRangeError: no\n {4}at .*task anonymous \(worker local-1, attempt 0\)/s,
  );
  expect(err.split('RangeError: no')[0]).not.toContain('make');
}, 30_000);
