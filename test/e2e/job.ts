/** A script that runs in a pod beside the clusters, as a Job. */
import type { Place } from './on-node.ts';

const RULES = [
  {
    apiGroups: ['taskloom.dev'],
    resources: ['taskclusters'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
];

export interface Script {
  readonly name: string;
  /** An ES module; `@taskloom/client` is there. */
  readonly code: string;
  readonly image?: string;
}

/** Starts it; the Job's name is the script's. */
export async function startJob(place: Place, { name, code, image }: Script): Promise<void> {
  await place.apply(
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(place, name, code, image) }),
  );
}

/** What it printed, when it has ended well. */
export async function jobOutput(place: Place, name: string, seconds = 120): Promise<string> {
  try {
    await place.kubectl('wait', '--for=condition=Complete', `job/${name}`, `--timeout=${seconds}s`);
  } catch (error) {
    const said = await place.kubectl('logs', `job/${name}`, '--all-containers').catch(String);
    throw new Error(`the job ${name} did not complete; it said:\n${said}`, { cause: error });
  }
  return place.kubectl('logs', `job/${name}`);
}

function manifests({ namespace }: Place, name: string, code: string, image: string | undefined): object[] {
  const metadata = { name };
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { ...rbac, kind: 'Role', metadata, rules: RULES },
    {
      ...rbac,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'main.mjs': code } },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(name, image) },
  ];
}

const jobSpec = (name: string, image = 'docker.io/taskloom/taskloom:dev') => ({
  backoffLimit: 0,
  template: {
    spec: {
      restartPolicy: 'Never',
      serviceAccountName: name,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'script',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '/script/main.mjs'],
          env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          volumeMounts: [
            { name: 'script', mountPath: '/script' },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'script', configMap: { name } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  },
});
