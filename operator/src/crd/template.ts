/** The part of a pod that people write themselves; it is merged into the pods that the operator makes. */
import { z } from 'zod';
import { type Rule, ruled, textMap, worded } from './rule.ts';

const ours: Rule = {
  rule: "self.all(k, !k.startsWith('taskloom.dev/') && !k.startsWith('app.kubernetes.io/'))",
  message:
    'labels and annotations of taskloom.dev/ and app.kubernetes.io/ belong to the operator: choose another prefix',
};

const container = worded(
  z.looseObject({
    name: z.string().min(1).max(63).describe('Name of the container.'),
    args: z
      .array(z.string().max(4096))
      .max(64)
      .optional()
      .describe('Not to be set in `worker` and `scheduler`.'),
  }),
  {
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-validations': [
      {
        rule: "!has(self.args) || !(self.name in ['worker', 'scheduler'])",
        message:
          'leave args out: those of worker and scheduler belong to the operator; a command that wraps them may be set',
      },
    ],
  },
);

const spec = worded(
  z.looseObject({
    containers: worded(z.array(container).max(16), {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })
      .optional()
      .describe(
        'The container with the name of the role (`worker`, `scheduler`) is merged into the one that the operator makes; others run beside it.',
      ),
    restartPolicy: z.string().max(16).optional().describe('Not to be set.'),
    terminationGracePeriodSeconds: z.int().optional().describe('Not to be set: see drainSeconds.'),
  }),
  {
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-validations': [
      { rule: '!has(self.restartPolicy)', message: 'leave restartPolicy out: the operator replaces pods' },
      {
        rule: '!has(self.terminationGracePeriodSeconds)',
        message: 'leave terminationGracePeriodSeconds out and write spec.drainSeconds of the TaskCluster',
      },
    ],
  },
);

export const template = ruled(
  z.object({
    metadata: z
      .object({
        labels: textMap(32, 63, ours).optional().describe('Labels of the pods.'),
        annotations: textMap(64, 16_384, ours).optional().describe('Annotations of the pods.'),
      })
      .optional()
      .describe('Labels and annotations of the pods.'),
    spec: spec
      .optional()
      .describe(
        'A PodSpec, or what of one there is to say: nodeSelector, tolerations, volumes, sidecars. Names of containers, volumes and variables decide what is merged and what is added.',
      ),
  }),
);
