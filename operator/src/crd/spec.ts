/** What a person writes. Every rule is here, so that the API server refuses what cannot work and says what to write instead. */
import { z } from 'zod';
import { env } from './env.ts';
import { DEFAULT_GROUP } from './names.ts';
import { resources } from './resources.ts';
import { mapList, ruled, textMap } from './rule.ts';
import { template } from './template.ts';

export const MOST_GROUPS = 16;
/** cluster (40) + - + group (16) + - + 5 is 63, the longest name that a pod can have as a host. */
export const LONGEST_GROUP = 16;

/** Host and port, path, tag, digest. */
const IMAGE =
  '^([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?$';

const image = ruled(z.string().min(1).max(512), {
  rule: `self.matches('${IMAGE}')`,
  message:
    'an image is written registry/name:tag, without scheme, spaces or capitals, such as ghcr.io/acme/worker:1.2',
});

const workers = z.object({
  replicas: z.int().min(0).max(1000).default(1).describe('How many workers there are, if they can be had.'),
  threads: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('How many tasks a worker runs at once. Default: its limit of cpu, rounded up, or 1.'),
  resources: resources
    .optional()
    .describe('cpu, memory and devices of a worker: requests and limits, as in any pod.'),
  env: env.optional().describe('Environment variables of a worker.'),
  template: template
    .optional()
    .describe(
      'A pod template that is merged into the pods of the workers; what the operator needs of a pod stays as it is.',
    ),
});

const groupName = ruled(
  z.string().min(1).max(LONGEST_GROUP),
  {
    rule: `!(self in ['${DEFAULT_GROUP}', 'scheduler'])`,
    message: `the group ${DEFAULT_GROUP} is spec.workers, and scheduler is spec.scheduler: choose another name`,
  },
  {
    rule: "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    message:
      'the name of a group becomes part of the names of its pods: begin with a letter and use a-z, 0-9 and -, such as gpu or high-memory',
  },
);

const group = z.object({
  name: groupName.describe('Name of the group, as tasks and pods know it.'),
  ...workers.shape,
});

const service = ruled(
  z.object({
    type: z
      .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
      .default('ClusterIP')
      .describe(
        'Who can reach the scheduler: ClusterIP within Kubernetes, NodePort and LoadBalancer from outside as well.',
      ),
    annotations: textMap(32, 4096)
      .optional()
      .describe('Annotations of the Service, such as those that a load balancer reads.'),
  }),
);

const scheduler = z.object({
  resources: resources.optional().describe('cpu and memory of the scheduler.'),
  env: env.optional().describe('Environment variables of the scheduler.'),
  template: template.optional().describe('A pod template that is merged into the pod of the scheduler.'),
  service: service.optional().describe('The Service before the scheduler.'),
});

const idle = z.object({
  seconds: z
    .int()
    .min(10)
    .max(31_536_000)
    .describe(
      'How long there is no client and no unfinished work before the action, in seconds. There is none, too, as long as the scheduler has never been up.',
    ),
  action: z
    .enum(['Delete', 'Suspend'])
    .default('Delete')
    .describe('Delete the TaskCluster with all that belongs to it, or Suspend it.'),
});

export const taskClusterSpec = z.object({
  image: image
    .optional()
    .describe(
      'The image of scheduler and workers: the one of this release, or one built on it with the packages that tasks use. Default: what the operator was installed with; that of a newer operator reaches a cluster with the next change of its spec.',
    ),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .optional()
    .describe('When nodes pull the image. Default: Always for the tag latest, otherwise IfNotPresent.'),
  imagePullSecrets: mapList(
    z.object({ name: z.string().min(1).max(253).describe('Name of the Secret.') }),
    'name',
    8,
  )
    .optional()
    .describe('Secrets with which nodes pull the image, in the namespace of the TaskCluster.'),
  workers: workers
    .prefault({})
    .describe('The workers; a cluster may have more of another kind in workerGroups.'),
  workerGroups: mapList(group, 'name', MOST_GROUPS)
    .optional()
    .describe('Further groups of workers, such as some with GPUs or more memory, each with a name.'),
  scheduler: scheduler.optional().describe('The pod of the scheduler, and its Service.'),
  suspend: z
    .boolean()
    .default(false)
    .describe(
      'True stops all pods at once, with the tasks that run, and keeps the resource; false starts them again.',
    ),
  idle: idle.optional().describe('What happens to a cluster that nobody uses. Default: nothing.'),
  drainSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'How long a worker that has to go may take to finish its tasks and hand over its results, in seconds. Then it is stopped, and what it ran runs elsewhere.',
    ),
});
