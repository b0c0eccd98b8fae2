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
  /** Where it lies in the pod, for imports beside it. */
  readonly at?: string;
  /** A folder that it writes to. */
  readonly writes?: string;
}

/** Starts it; the Job's name is the script's. */
export async function startJob(place: Place, script: Script): Promise<void> {
  await place.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(place, script) }));
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

function manifests({ namespace }: Place, script: Script): object[] {
  const { name, code } = script;
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
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { script: code } },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(script) },
  ];
}

const jobSpec = ({
  name,
  image = 'docker.io/taskloom/taskloom:dev',
  at = '/script/main.mjs',
  writes = '/tmp',
}: Script) => ({
  backoffLimit: 0,
  template: {
    spec: {
      restartPolicy: 'Never',
      // Deleted, it is killed: Node as the first process of a pod heeds no SIGTERM.
      terminationGracePeriodSeconds: 1,
      serviceAccountName: name,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'script',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', at],
          env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          volumeMounts: [
            { name: 'script', mountPath: at, subPath: 'script' },
            { name: 'writes', mountPath: writes },
          ],
        },
      ],
      volumes: [
        { name: 'script', configMap: { name } },
        { name: 'writes', emptyDir: {} },
      ],
    },
  },
});
