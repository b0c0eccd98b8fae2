/** What the pods of both roles have in common: they fit the restricted Pod Security level and hold no Kubernetes credentials. */
import type { V1Container, V1EnvVar, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import { childrenOf, PORTS, SECRET_PATH } from '../crd/names.ts';
import type { EnvSpec, ResourcesSpec, TaskCluster } from '../crd/resource.ts';
import type { Role } from './labels.ts';

/** That of the image. */
const USER = 1000;

/** Volumes that the operator adds. People may say more about `tmp`, such as a size. */
export const VOLUMES = { secrets: 'taskloom-secrets', tmp: 'tmp' } as const;

export const podSecurity: NonNullable<V1PodSpec['securityContext']> = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const containerSecurity: NonNullable<V1Container['securityContext']> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** What there can be said against and is right for most. */
export function usualSpec(cluster: TaskCluster): Omit<V1PodSpec, 'containers'> {
  const { imagePullSecrets } = cluster.spec;
  return {
    serviceAccountName: childrenOf(cluster.metadata.name).serviceAccount,
    enableServiceLinks: false,
    securityContext: podSecurity,
    volumes: [{ name: VOLUMES.tmp, emptyDir: {} }],
    ...(imagePullSecrets ? { imagePullSecrets: imagePullSecrets.map(({ name }) => ({ name })) } : {}),
  };
}

export interface Said {
  readonly image: string;
  readonly resources?: ResourcesSpec | undefined;
  readonly env?: EnvSpec | undefined;
}

export function usualContainer(
  cluster: TaskCluster,
  role: Role,
  { image, resources, env }: Said,
): V1Container {
  const { imagePullPolicy } = cluster.spec;
  return {
    name: role,
    image,
    ...(imagePullPolicy ? { imagePullPolicy } : {}),
    ...(resources ? { resources: amounts(resources) } : {}),
    env: (env ?? []) as V1EnvVar[],
    securityContext: containerSecurity,
    volumeMounts: [{ name: VOLUMES.tmp, mountPath: '/tmp' }],
  };
}

/** Amounts as the API server keeps them: text. */
function amounts({ requests, limits }: ResourcesSpec): NonNullable<V1Container['resources']> {
  const texts = (list: Readonly<Record<string, string | number>>) =>
    Object.fromEntries(Object.entries(list).map(([name, value]) => [name, String(value)]));
  return { ...(requests ? { requests: texts(requests) } : {}), ...(limits ? { limits: texts(limits) } : {}) };
}

/** What the operator needs of a pod, whatever a template says. */
export const neededSpec = (secretName: string): Partial<V1PodSpec> => ({
  automountServiceAccountToken: false,
  volumes: [{ name: VOLUMES.secrets, secret: { secretName, defaultMode: 0o440 } }],
});

/** @param env what the program of this role reads */
export const neededContainer = (
  role: Role,
  env: readonly V1EnvVar[],
): Omit<V1Container, 'name'> & { name: Role } => ({
  name: role,
  args: [role],
  env: [
    { name: 'TASKLOOM_SECRETS', value: SECRET_PATH },
    { name: 'TASKLOOM_HOST', value: '0.0.0.0' },
    { name: 'TASKLOOM_PROBES_PORT', value: String(PORTS.probes) },
    ...env,
  ],
  volumeMounts: [{ name: VOLUMES.secrets, mountPath: SECRET_PATH, readOnly: true }],
  ...probes,
});

const probe = (path: string, more: Partial<V1Probe>): V1Probe => ({
  httpGet: { path, port: 'probes', scheme: 'HTTPS' },
  timeoutSeconds: 3,
  ...more,
});

/** Ready as soon as it is, dead after half a minute: a main thread can be late when the node is busy. */
const probes: Pick<V1Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> = {
  startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 120 }),
  readinessProbe: probe('/readyz', { periodSeconds: 1, failureThreshold: 3 }),
  livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 3 }),
};
