import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { it } from 'vitest';
import { LocalCluster } from './local-cluster.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

it('a cluster keeps no client that was closed', async () => {
  await using cluster = await LocalCluster.start({ inProcess: true });
  const closed = async () => {
    const client = cluster.client();
    await client.submit((x: number) => x + 1, 1);
    await client.close();
    return new WeakRef(client);
  };
  await closed();
  const second = await closed();
  // The test's own timeout says that it never is.
  do {
    // What was looked at stays until the turn has ended.
    await new Promise(setImmediate);
    collectGarbage();
  } while (second.deref());
});
