import { expect, test } from 'vitest';
import { judgement } from '../judgement.ts';
import type { SchedulerView } from '../observed/index.ts';
import { ApiError, Expectations, type Kube } from '../runtime/index.ts';
import { Issuer } from '../secrets/issuer.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { World } from '../testing/world.ts';
import { Caches } from './caches.ts';
import { type Judgement, Reconciler } from './reconcile.ts';
import { SchedulerWatch } from './scheduler-watch.ts';

const away = async () => {
  throw new ApiError('unreachable', 'connect ECONNREFUSED');
};
const API: Kube = {
  ...{ get: away, list: away, watch: away, create: away, apply: away, update: away },
  ...{ merge: away, delete: away, log: away },
};

/** Of one cluster, with a clock that only the test moves. */
function look(kube: Kube, judged: Partial<Judgement> = {}) {
  const clock = new VirtualClock();
  const { cluster } = new World();
  const caches = new Caches({ kube, changed() {}, clock });
  caches.clusters.cache.set(cluster);
  const expectations = new Expectations((uid) => caches.shown(uid), clock);
  const admin = { status: away, retire: away, cheapest: away, close() {} };
  const issuer = new Issuer();
  const reconciler = new Reconciler({
    ...{ kube, caches, expectations, admin, clock, issuer },
    judgement: { ...judgement, ...judged },
    schedulers: new SchedulerWatch({ admin, changed() {}, clock }),
    recorder: { record() {} },
    settings: { defaultImage: 'taskloom:1', operatorNamespace: 'taskloom-system' },
    random: () => 0,
    log() {},
  });
  const at = (signal = new AbortController().signal) => reconciler.reconcile('team-a/malaria', signal);
  return { at, clock, expectations, issuer };
}

test('a look that waits for the API server to list what was missed ends when it has taken too long', async () => {
  const { at, clock, expectations } = look(API);
  await expect(at()).rejects.toThrow('ECONNREFUSED');
  expectations.created('team-a/malaria', 'a pod that no watch has told of');
  await clock.advance(10_000);
  const late = new AbortController();
  const looking = at(late.signal);
  late.abort(new ApiError('timeout', 'took more than 120000 ms'));
  await expect(looking).rejects.toThrow('took more than 120000 ms');
});

test('a scheduler without an address is unknown since it has none, not since just now', async () => {
  const kube = {
    ...API,
    get: async () => undefined,
    apply: async (_kind: unknown, object: unknown) => object,
  } as unknown as Kube;
  const seen: SchedulerView[] = [];
  const plan: Judgement['plan'] = ({ scheduler }) => {
    seen.push(scheduler);
    return [];
  };
  const { at, clock, issuer } = look(kube, { plan });
  const since = clock.wall();
  await at();
  await clock.advance(40_000);
  await at();
  await issuer.close();
  expect(seen.map((view) => !view.known && view.since)).toEqual([since, since]);
});
