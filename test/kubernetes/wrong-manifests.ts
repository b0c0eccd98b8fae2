/** Manifests that people get wrong, one a line: what is wrong, the spec (or another name), and the words that help. */
export interface Wrong {
  readonly title: string;
  /** YAML. */
  readonly spec?: string;
  readonly name?: string;
  readonly helps: string;
}

const gpu = 'a device such as nvidia.com/gpu is written under limits';
const amount = "write an amount such as 2, '500m' or '4Gi'";
const image = 'an image is written registry/name:tag, without scheme, spaces or capitals';
const group = 'begin with a letter and use a-z, 0-9 and -';
const label = 'choose another prefix';
const A_GROUP = '{name: gpu}';
const many = (count: number, entry: (i: number) => string) =>
  `[${Array.from({ length: count }, (_, i) => entry(i)).join(', ')}]`;

const workers = (title: string, fields: string, helps: string): Wrong => ({
  title,
  spec: `{workers: {${fields}}}`,
  helps,
});
const limits = (title: string, fields: string, helps: string) =>
  workers(title, `resources: {limits: {${fields}}}`, helps);
const env = (title: string, entry: string, helps: string) => workers(title, `env: [${entry}]`, helps);
const template = (title: string, fields: string, helps: string) =>
  workers(title, `template: {${fields}}`, helps);
const groups = (title: string, list: string, helps: string): Wrong => ({
  title,
  spec: `{workerGroups: ${list}}`,
  helps,
});

export const WRONG: readonly Wrong[] = [
  { title: 'a long name', name: 'a'.repeat(41), helps: 'at most 40 characters' },
  { title: 'a name with a dot', name: 'malaria.eu', helps: 'begin with a letter and use a-z, 0-9 and -' },
  { title: 'a name that begins with a digit', name: '2malaria', helps: 'such as malaria-1' },

  {
    title: 'a field that is not there',
    spec: '{worker: {replicas: 2}}',
    helps: 'unknown field "spec.worker"',
  },
  workers('a field misspelt', 'replica: 2', 'unknown field "spec.workers.replica"'),
  { title: 'replicas at the top', spec: '{replicas: 2}', helps: 'unknown field "spec.replicas"' },

  { title: 'an image with its scheme', spec: '{image: "https://ghcr.io/acme/w:1"}', helps: image },
  { title: 'an image with a space', spec: '{image: "acme/w :1"}', helps: image },
  { title: 'an image in capitals', spec: '{image: acme/Worker}', helps: image },
  { title: 'an image without its tag', spec: '{image: "acme/worker:"}', helps: image },
  {
    title: 'an empty image',
    spec: '{image: ""}',
    helps: 'spec.image in body should be at least 1 chars long',
  },
  {
    title: 'a pull policy of its own',
    spec: '{imagePullPolicy: Sometimes}',
    helps: '"Always", "IfNotPresent", "Never"',
  },
  {
    title: 'the same pull secret twice',
    spec: '{imagePullSecrets: [{name: a}, {name: a}]}',
    helps: 'Duplicate value',
  },
  {
    title: 'a pull secret by its name alone',
    spec: '{imagePullSecrets: [regcred]}',
    helps: 'must be of type object',
  },

  workers('fewer than no workers', 'replicas: -1', 'should be greater than or equal to 0'),
  workers('too many workers', 'replicas: 1001', 'should be less than or equal to 1000'),
  workers('workers in words', 'replicas: many', 'must be of type integer'),
  workers('no threads', 'threads: 0', 'should be greater than or equal to 1'),
  workers('half a thread', 'threads: 1.5', 'must be of type integer'),

  limits('an amount in words', 'cpu: two', amount),
  limits('less than nothing', 'memory: -1Gi', amount),
  limits('a fraction without quotes', 'cpu: 0.5', 'must be of type integer,string'),
  limits('cores in mebibytes', 'cpu: 512Mi', "cpu is in cores: write 2, or '500m' for half a core"),
  limits('memory in thousandths', 'memory: 512m', "write '512Mi' or '4Gi' ('512m' is half a byte)"),
  limits('memory in gigabytes without the unit', 'memory: 4', 'memory is in bytes and at least 32Mi'),
  limits('half a GPU', 'nvidia.com/gpu: 500m', 'counted in whole numbers, such as nvidia.com/gpu: 1'),
  workers('a GPU requested only', 'resources: {requests: {nvidia.com/gpu: 1}}', gpu),
  workers(
    'another number of GPUs requested',
    'resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}',
    gpu,
  ),
  workers(
    'a request above its limit',
    'resources: {requests: {memory: 4Gi}, limits: {memory: 2Gi}}',
    'lower the request or raise the limit',
  ),
  workers(
    'resources without limits or requests',
    'resources: {cpu: 2}',
    'unknown field "spec.workers.resources.cpu"',
  ),
  {
    title: 'a request above its limit, of the scheduler',
    spec: '{scheduler: {resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}}}',
    helps: 'lower the request or raise the limit',
  },

  env(
    'a variable of the operator',
    '{name: TASKLOOM_TOKEN, value: x}',
    'variables that begin with TASKLOOM_ belong',
  ),
  env('a name with a space', '{name: "A B", value: x}', 'letters, digits, _, . and -'),
  env('a number as value', '{name: A, value: 1}', 'must be of type string'),
  env('the same variable twice', '{name: A, value: "1"}, {name: A, value: "2"}', 'Duplicate value'),
  env(
    'a value and a source',
    '{name: A, value: b, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
    'not both',
  ),
  env('a source of nothing', '{name: A, valueFrom: {}}', 'one of secretKeyRef, configMapKeyRef and fieldRef'),
  env(
    'a Secret without its key',
    '{name: A, valueFrom: {secretKeyRef: {name: s}}}',
    'secretKeyRef.key: Required value',
  ),

  template('a restart policy', 'spec: {restartPolicy: Never}', 'leave restartPolicy out'),
  template(
    'a grace',
    'spec: {terminationGracePeriodSeconds: 5}',
    'write spec.drainSeconds of the TaskCluster',
  ),
  template(
    'arguments of the worker',
    'spec: {containers: [{name: worker, args: [serve]}]}',
    'leave args out',
  ),
  template(
    'a container without a name',
    'spec: {containers: [{image: acme/sidecar}]}',
    'name: Required value',
  ),
  template('the same container twice', 'spec: {containers: [{name: a}, {name: a}]}', 'Duplicate value'),
  template('a label of the operator', 'metadata: {labels: {taskloom.dev/group: gpu}}', label),
  template('an annotation of the operator', 'metadata: {annotations: {taskloom.dev/revision: "1"}}', label),
  template(
    'a PodSpec one level too high',
    'containers: []',
    'unknown field "spec.workers.template.containers"',
  ),

  groups('a group without a name', '[{replicas: 1}]', 'workerGroups[0].name: Required value'),
  groups('a group named default', '[{name: default}]', 'the group default is spec.workers'),
  groups('a group named scheduler', '[{name: scheduler}]', 'choose another name'),
  groups('the same group twice', `[${A_GROUP}, ${A_GROUP}]`, 'Duplicate value: {"name":"gpu"}'),
  groups('a group in capitals', '[{name: GPU}]', group),
  groups('a group with a long name', '[{name: very-high-memory-spot}]', 'may not be more than 16'),
  groups(
    'too many groups',
    many(17, (i) => `{name: g${i}}`),
    'must have at most 16 items',
  ),
  groups('a group by its name alone', '[gpu]', 'must be of type object'),

  {
    title: 'a service of its own',
    spec: '{scheduler: {service: {type: ExternalName}}}',
    helps: '"ClusterIP", "NodePort", "LoadBalancer"',
  },
  {
    title: 'several schedulers',
    spec: '{scheduler: {replicas: 2}}',
    helps: 'unknown field "spec.scheduler.replicas"',
  },
  { title: 'suspended in words', spec: '{suspend: "yes"}', helps: 'must be of type boolean' },
  {
    title: 'idle without seconds',
    spec: '{idle: {action: Delete}}',
    helps: 'spec.idle.seconds: Required value',
  },
  { title: 'idle too soon', spec: '{idle: {seconds: 5}}', helps: 'should be greater than or equal to 10' },
  { title: 'idle and stopped', spec: '{idle: {seconds: 60, action: Stop}}', helps: '"Delete", "Suspend"' },
  {
    title: 'a drain without end',
    spec: '{drainSeconds: 100000}',
    helps: 'should be less than or equal to 86400',
  },
  { title: 'a drain in words', spec: '{drainSeconds: 5m}', helps: 'must be of type integer' },
];
