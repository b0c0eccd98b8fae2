/** What tests import: a real Kubernetes API, shared by all test files of a run. */
import { beforeAll, describe } from 'vitest';
import { sharedApi } from './shared.ts';
import { type Api, apiIsPossible, startApi } from './start-api.ts';

/** The first start of all compiles etcd and kube-apiserver. */
export const START_TIMEOUT_MS = 900_000;

/** `stop` ends what this call started: nothing when the API is the one that the run shares. */
export async function controlPlane(): Promise<Api> {
  const shared = await sharedApi();
  return shared ? { ...shared, stop: async () => {} } : startApi();
}

/**
 * A `describe` whose tests have an API: its members are there when tests and their hooks run. Where none is possible the tests are
 * skipped, which is said once for each file; under CI that is a failure.
 */
export function describeWithApi(name: string, body: (api: Readonly<Api>) => void): void {
  describe.runIf(possible)(name, () => {
    const api = {} as Api;
    beforeAll(async () => {
      Object.assign(api, await controlPlane());
      return () => api.stop();
    }, START_TIMEOUT_MS);
    body(api);
  });
}

const possible = await apiIsPossible();
if (!possible) {
  const said =
    'No Kubernetes API can be had here, so tests that need one do not run: see test/kubernetes/README.md';
  if (process.env.CI === 'true') throw new Error(said);
  process.stderr.write(`\n*** ${said} ***\n\n`);
}
