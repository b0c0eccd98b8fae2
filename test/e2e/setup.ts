/** Before all e2e tests: a cluster with a node, this checkout's images in it, the operator installed by its chart. */
import { whyNoNode } from '../kubernetes/cluster-up.ts';
import { installed } from '../kubernetes/installed.ts';

const say = (text: string) => process.stderr.write(`${text}\n`);

export default async function setup(): Promise<() => Promise<void>> {
  const because = await whyNoNode();
  if (because) {
    const said = `No Kubernetes with a node can be had here, so no e2e test runs: ${because} (test/kubernetes/README.md)`;
    if (process.env.CI === 'true') throw new Error(said);
    say(`\n*** ${said} ***\n`);
    return async () => {};
  }
  const { cluster, end } = await installed(say);
  process.env.TASKLOOM_E2E_CLUSTER = JSON.stringify(cluster);
  return end;
}
