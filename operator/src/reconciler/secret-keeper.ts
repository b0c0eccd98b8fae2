/** Keeps the Secrets of a cluster: read by name, looked at once in less than a minute, written only when something is wrong. */
import { childrenOf, LABELS, MANAGER } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { isLeaving, isOwned } from '../desired/labels.ts';
import { drifted } from '../plan/drift.ts';
import { isApiError, type Kube } from '../runtime/index.ts';
import {
  type Contents,
  type Issuing,
  SECRETS as ROLES,
  type SecretRole,
  wanted,
} from '../secrets/contents.ts';
import { SECRETS, type Secret } from './kinds.ts';
import type { Door, Memory } from './memory.ts';
import { ownedBy } from './owner.ts';

/** A Secret that was changed by hand is right again within a minute. */
const CHECK_MS = 50_000;
/** What is wrong is in somebody's hands. */
const FAULT_MS = 5_000;
/** What an earlier cluster of this name has left goes by itself. */
const LEAVING_MS = 500;

/** When to look again, on the clock that only grows. */
export function secretsDueAt({ secrets: { checkedAt, fault, leaving } }: Memory): number {
  if (leaving.length > 0) return checkedAt + LEAVING_MS;
  return checkedAt + (fault === undefined ? CHECK_MS : FAULT_MS);
}

interface World {
  readonly kube: Kube;
  readonly issuing: Issuing;
  readonly now: number;
  readonly wall: number;
  readonly signal: AbortSignal;
}

export async function keepSecrets(cluster: TaskCluster, memory: Memory, world: World): Promise<void> {
  const { secrets } = memory;
  if (world.now < secretsDueAt(memory)) return;
  try {
    const stored = await read(cluster, world.kube, world.signal);
    const others = Object.values(stored).filter((secret) => secret && !isOwned(secret, cluster)) as Secret[];
    const [stranger] = others.filter((secret) => !isLeaving(secret, cluster));
    secrets.leaving = others
      .filter((one) => isLeaving(one, cluster))
      .map(({ metadata }) => `Secret ${metadata.name}`);
    secrets.fault = stranger && taken(stranger);
    if (others.length === 0) secrets.door = await written(cluster, stored, world);
  } catch (error) {
    if (!isApiError(error, 'forbidden', 'invalid')) throw error;
    secrets.fault = `the cluster's Secrets cannot be written: ${error.said}`;
  }
  secrets.checkedAt = world.now;
}

const taken = ({ metadata: { name } }: Secret) =>
  `the Secret ${name} is there already and does not belong to this cluster: delete it, or give the cluster another name`;

type Stored = Readonly<Record<SecretRole, Secret | undefined>>;

/** Writes what is not as it must be. Answers what the operator itself needs of it. */
async function written(cluster: TaskCluster, stored: Stored, world: World): Promise<Door> {
  const present = Object.fromEntries(ROLES.map((role) => [role, textsOf(stored[role])]));
  const want = await wanted(present as Record<SecretRole, Contents | undefined>, world.issuing, world.wall);
  for (const role of ROLES) {
    const secret = secretOf(cluster, role, want[role]);
    if (drifted(secret, stored[role]) === undefined) continue;
    await world.kube.apply(SECRETS, secret, { signal: world.signal });
  }
  const { 'ca.crt': ca = '', 'admin-token': token = '' } = want.scheduler;
  return { ca, token };
}

async function read(
  { metadata: { namespace, name } }: TaskCluster,
  kube: Kube,
  signal: AbortSignal,
): Promise<Stored> {
  const get = async (role: SecretRole) =>
    [role, await kube.get(SECRETS, { namespace, name: nameOf(name, role) }, signal)] as const;
  return Object.fromEntries(await Promise.all(ROLES.map(get))) as Stored;
}

const nameOf = (cluster: string, role: SecretRole) => childrenOf(cluster)[`${role}Secret`];

const textsOf = (secret: Secret | undefined): Contents | undefined =>
  secret &&
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([name, data]) => [
      name,
      Buffer.from(data, 'base64').toString('utf8'),
    ]),
  );

function secretOf(cluster: TaskCluster, role: SecretRole, contents: Contents): Secret {
  const { namespace, name } = cluster.metadata;
  const data = Object.entries(contents).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    metadata: {
      name: nameOf(name, role),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [LABELS.name]: 'taskloom', [LABELS.managedBy]: MANAGER, [LABELS.cluster]: name },
      ownerReferences: [ownedBy(cluster)],
    },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
