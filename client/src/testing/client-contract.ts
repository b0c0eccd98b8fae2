/** What every cluster must do for a client, whatever it is made of: one suite for the fake, the in-process and the process one. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Client } from '../client.ts';
import { mapping, submitting } from './contract/calls.ts';
import { failing, working } from './contract/failing.ts';
import { keys, releasing } from './contract/holding.ts';
import type { ContractCluster, ContractSupport } from './contract/port.ts';
import { refusing } from './contract/refusing.ts';
import { gathering, large } from './contract/values.ts';
import { watching } from './contract/watching.ts';

export function clientContract(
  name: string,
  makeCluster: () => Promise<ContractCluster>,
  support: ContractSupport,
): void {
  describe(name, () => {
    let cluster: ContractCluster;
    let client: Client;
    beforeAll(async () => {
      cluster = await makeCluster();
      client = cluster.client();
      await client.waitForWorkers(1);
    });
    afterAll(() => cluster.close());
    const its = { client: () => client, cluster: () => cluster };
    submitting(its);
    mapping(its);
    gathering(its);
    failing(its);
    watching(its);
    releasing(its);
    keys(its);
    refusing(its);
    describe.runIf(support.workers)('large values', () => large(its));
    describe.runIf(support.workers)('tasks on workers', () => working(its));
  });
}
