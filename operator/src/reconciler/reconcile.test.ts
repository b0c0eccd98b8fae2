import { expect, test } from 'vitest';
import { judgement } from '../judgement.ts';
import { ApiError, Expectations, type Kube } from '../runtime/index.ts';
import { Issuer } from '../secrets/issuer.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { World } from '../testing/world.ts';
import { Caches } from './caches.ts';
import { Reconciler } from './reconcile.ts';
import { SchedulerWatch } from './scheduler-watch.ts';

const away = async () => {
  throw new ApiError('unreachable', 'connect ECONNREFUSED');
};
const API: Kube = {
  ...{ get: away, list: away, watch: away, create: away, apply: away, update: away },
  ...{ merge: away, delete: away, log: away },
};

test('a look that waits for the API server to list what was missed ends when it has taken too long', async () => {
  const clock = new VirtualClock();
  const { cluster } = new World();
  const caches = new Caches({ kube: API, changed() {}, clock });
  caches.clusters.cache.set(cluster);
  const expectations = new Expectations((uid) => caches.shown(uid), clock);
  const admin = { status: away, retire: away, cheapest: away, close() {} };
  const reconciler = new Reconciler({
    ...{ kube: API, caches, expectations, admin, judgement, clock },
    schedulers: new SchedulerWatch({ admin, changed() {}, clock }),
    issuer: new Issuer(),
    recorder: { record() {} },
    settings: { defaultImage: 'taskloom:1', operatorNamespace: 'taskloom-system' },
    random: () => 0,
    log() {},
  });
  const key = 'team-a/malaria';
  await expect(reconciler.reconcile(key, new AbortController().signal)).rejects.toThrow('ECONNREFUSED');
  expectations.created(key, 'a pod that no watch has told of');
  await clock.advance(10_000);
  const late = new AbortController();
  const looking = reconciler.reconcile(key, late.signal);
  late.abort(new ApiError('timeout', 'took more than 120000 ms'));
  await expect(looking).rejects.toThrow('took more than 120000 ms');
});
