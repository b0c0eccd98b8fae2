// Somebody changes what the operator has written: how long until it is as it was, seen by a watch.
import { isDeepStrictEqual } from 'node:util';
import { childrenOf } from '@taskloom/operator/crd';
import { type KubeObject, type Resource, resource } from '@taskloom/operator/runtime';
import { figure, unable } from '../contenders/speak.ts';
import { fieldOf, patchOf } from './field.ts';
import { Api, Followed } from './followed.ts';
import type { MetricId } from './metrics.ts';
import { cluster, kubectl, type Place, place } from './place.ts';

interface Drift {
  readonly of: Resource;
  readonly name: string;
  /** What must be as before. */
  readonly field: readonly string[];
  /** What that becomes. */
  readonly value: unknown;
}

const SERVICES = resource('v1', 'Service', 'services');
const POLICIES = resource('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies');
const LIMIT_SECONDS = 4;
const SECRET_LIMIT_SECONDS = 90;
const MANAGED_BY = 'app.kubernetes.io/managed-by';

const driftsOf = (name: string, revision: string): Readonly<Partial<Record<MetricId, Drift>>> => {
  const { serviceAccount, service, scheduler, networkPolicy } = childrenOf(name);
  return {
    'drift.serviceAccount': {
      of: resource('v1', 'ServiceAccount', 'serviceaccounts'),
      name: serviceAccount,
      field: ['automountServiceAccountToken'],
      value: true,
    },
    'drift.selector': { of: SERVICES, name: service, field: ['spec', 'selector'], value: { app: 'another' } },
    'drift.port': {
      of: SERVICES,
      name: service,
      field: ['spec', 'ports'],
      value: [{ name: 'cluster', port: 80, targetPort: 'cluster', protocol: 'TCP' }],
    },
    'drift.statefulSet': {
      of: resource('apps/v1', 'StatefulSet', 'statefulsets'),
      name: scheduler,
      field: ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'],
      value: 1,
    },
    'drift.networkPolicy': { of: POLICIES, name: networkPolicy, field: ['spec', 'ingress'], value: [{}] },
    'drift.budget': {
      of: resource('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
      name: `${name}.default`,
      field: ['spec', 'minAvailable'],
      value: 0,
    },
    'drift.revision': {
      of: resource('apps/v1', 'ControllerRevision', 'controllerrevisions'),
      name: revision,
      field: ['metadata', 'labels', 'taskloom.dev/role'],
      value: 'another',
    },
    'drift.label': {
      of: POLICIES,
      name: networkPolicy,
      field: ['metadata', 'labels', MANAGED_BY],
      value: 'me',
    },
  };
};

export async function drift(workers: number): Promise<void> {
  const at = place();
  await cluster(at, 'drift', workers);
  using api = new Api(at);
  const revisions = await kubectl(
    at,
    'get',
    'controllerrevisions',
    '-l',
    'taskloom.dev/role=scheduler',
    '-o',
    'name',
  );
  const revision = revisions.trim().split('/')[1] ?? '';
  let slowest = 0;
  for (const [metric, change] of Object.entries(driftsOf('drift', revision))) {
    const seconds = await secondsToCorrect(api, at, change, LIMIT_SECONDS);
    if (seconds === undefined) unable(metric, `it was not corrected within ${LIMIT_SECONDS} s`);
    else figure(metric, seconds);
    slowest = Math.max(slowest, seconds ?? LIMIT_SECONDS);
  }
  figure('drift.slowest', slowest);
}

/** The operator has no right to watch Secrets, so it looks at them from time to time. */
export async function secret(workers: number): Promise<void> {
  const at = place();
  await cluster(at, 'secret', workers);
  using api = new Api(at);
  const change: Drift = {
    of: resource('v1', 'Secret', 'secrets'),
    name: childrenOf('secret').clientSecret,
    field: ['data', 'token'],
    value: Buffer.from('somebody-elses-token').toString('base64'),
  };
  const seconds = await secondsToCorrect(api, at, change, SECRET_LIMIT_SECONDS);
  if (seconds === undefined) unable('drift.secret', `it was not corrected within ${SECRET_LIMIT_SECONDS} s`);
  else figure('drift.secret', seconds);
}

/** Nothing when it was not corrected in time; then it is put right here, so that what comes next is not in its way. */
async function secondsToCorrect(
  { client }: Api,
  { namespace }: Place,
  { of, name, field, value }: Drift,
  limitSeconds: number,
): Promise<number | undefined> {
  const before = await client.get<KubeObject>(of, { namespace, name });
  const wanted = fieldOf(before, field);
  if (wanted === undefined) throw new Error(`${of.kind} ${name} has no ${field.join('.')}`);
  await using followed = await Followed.start(client, { namespace, of, name });
  const began = performance.now();
  const changed = await client.merge<KubeObject>(of, { namespace, name }, patchOf(before, field, value));
  const isCorrected = (object: KubeObject) =>
    versionOf(object) > versionOf(changed) && isDeepStrictEqual(fieldOf(object, field), wanted);
  const corrected = await followed.until(isCorrected, limitSeconds * 1000);
  if (corrected) return (corrected.at - began) / 1000;
  await client.merge<KubeObject>(of, { namespace, name }, patchOf(changed, field, wanted));
  return undefined;
}

const versionOf = ({ metadata }: KubeObject) => BigInt(metadata.resourceVersion ?? 0);
