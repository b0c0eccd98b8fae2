/** Keeps the Secrets of a cluster: read by name, looked at once in less than a minute, written only when something is wrong. */
import { childrenOf, LABELS, MANAGER } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { controllerOf, isApiError, type Kube } from '../runtime/index.ts';
import {
  type Contents,
  type Issuing,
  isSame,
  SECRETS as ROLES,
  type SecretRole,
  wanted,
} from '../secrets/contents.ts';
import { SECRETS, type Secret } from './kinds.ts';
import type { Memory } from './memory.ts';
import { ownedBy } from './owner.ts';

/** A Secret that was changed by hand is right again within a minute. */
const CHECK_MS = 50_000;
/** What is wrong is in somebody's hands. */
const FAULT_MS = 5_000;

/** When to look again, on the clock that only grows. */
export const secretsDueAt = ({ secrets }: Memory): number =>
  secrets.checkedAt + (secrets.fault === undefined ? CHECK_MS : FAULT_MS);

export async function keepSecrets(
  cluster: TaskCluster,
  memory: Memory,
  world: {
    readonly kube: Kube;
    readonly issuing: Issuing;
    readonly now: number;
    readonly wall: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { secrets } = memory;
  if (world.now < secretsDueAt(memory)) return;
  try {
    const stored = await read(cluster, world.kube, world.signal);
    const stranger = ROLES.find((role) => stored[role] && controllerOf(stored[role])?.uid !== memory.uid);
    if (stranger) {
      secrets.checkedAt = world.now;
      const { name } = stored[stranger]?.metadata ?? {};
      secrets.fault = `the Secret ${name} is there already and does not belong to this cluster: delete it, or give the cluster another name`;
      return;
    }
    const present = Object.fromEntries(ROLES.map((role) => [role, textsOf(stored[role])]));
    const want = await wanted(present as Record<SecretRole, Contents | undefined>, world.issuing, world.wall);
    for (const role of ROLES) {
      if (isSame(textsOf(stored[role]), want[role])) continue;
      await world.kube.apply(SECRETS, secretOf(cluster, role, want[role]), { signal: world.signal });
    }
    const { 'ca.crt': ca = '', 'admin-token': token = '' } = want.scheduler;
    secrets.door = { ca, token };
    secrets.fault = undefined;
    secrets.checkedAt = world.now;
  } catch (error) {
    if (!isApiError(error, 'forbidden', 'invalid')) throw error;
    secrets.checkedAt = world.now;
    secrets.fault = `the cluster's Secrets cannot be written: ${error.said}`;
  }
}

async function read(
  { metadata: { namespace, name } }: TaskCluster,
  kube: Kube,
  signal: AbortSignal,
): Promise<Record<SecretRole, Secret | undefined>> {
  const get = async (role: SecretRole) =>
    [role, await kube.get(SECRETS, { namespace, name: nameOf(name, role) }, signal)] as const;
  return Object.fromEntries(await Promise.all(ROLES.map(get))) as Record<SecretRole, Secret | undefined>;
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
