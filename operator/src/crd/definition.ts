/** The CustomResourceDefinition. */
import { DEFAULT_GROUP, GROUP, KIND, PLURAL, VERSION } from './names.ts';
import type { Rule } from './rule.ts';
import { taskClusterSpec } from './spec.ts';
import { taskClusterStatus } from './status.ts';
import { type Structural, structural } from './structural.ts';

/** With `-scheduler-` and the hash that a StatefulSet puts behind it, still a label of 63 characters. */
const LONGEST_NAME = 40;

const nameRules: readonly Rule[] = [
  {
    rule: `size(self.metadata.name) <= ${LONGEST_NAME}`,
    message: `the name of a TaskCluster has at most ${LONGEST_NAME} characters, because names of pods are made from it: choose a shorter one`,
  },
  {
    rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    message:
      'the name of a TaskCluster becomes the name of a Service: begin with a letter and use a-z, 0-9 and -, such as malaria-1',
  },
];

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;
const column = (name: string, jsonPath: string, description: string, more: object = {}) => ({
  name,
  type: 'string',
  description,
  ...more,
  jsonPath,
});
const wide = { priority: 1 };

/** Is it up, how many, doing what, how old; wide: who uses it, which one is it, what is wrong. */
const columns = [
  column('Ready', condition('Ready', 'status'), 'Whether the scheduler and all workers are ready.'),
  column('Workers', '.status.workersReady', 'Workers that are ready, of those that are wanted.'),
  column('Status', condition('Ready', 'reason'), 'Why it is ready or not.'),
  column('Running', '.status.tasks.running', 'Tasks that run.', { type: 'integer' }),
  column('Waiting', '.status.tasks.waiting', 'Tasks that wait.', { type: 'integer' }),
  column('Age', '.metadata.creationTimestamp', 'Since when there is the cluster.', { type: 'date' }),
  column('Clients', '.status.clients', 'Clients that are connected.', { type: 'integer', ...wide }),
  column('Idle', '.status.idleSince', 'Since when nobody uses it.', { type: 'date', ...wide }),
  column('Version', '.status.version', 'Version of the scheduler.', wide),
  column('Image', '.spec.image', 'The image, where one is named.', wide),
  column('Message', condition('Ready', 'message'), 'What it waits for, or what is wrong.', wide),
];

const rootSchema = (): Structural => ({
  description:
    'A TaskCluster is a scheduler and workers that run functions in parallel. Scripts connect to it with the client library, or with `taskloom run --cluster NAME`.',
  type: 'object',
  'x-kubernetes-validations': nameRules,
  properties: {
    apiVersion: { description: `${GROUP}/${VERSION}`, type: 'string' },
    kind: { description: KIND, type: 'string' },
    metadata: { type: 'object' },
    spec: structural(
      taskClusterSpec
        .prefault({})
        .describe(
          `What there shall be. All has a default: a scheduler and one worker, in the group ${DEFAULT_GROUP}.`,
        ),
    ),
    status: structural(taskClusterStatus.describe('What there is. Written by the operator.')),
  },
});

export const definition = () => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${PLURAL}.${GROUP}` },
  spec: {
    group: GROUP,
    names: {
      kind: KIND,
      listKind: `${KIND}List`,
      plural: PLURAL,
      singular: KIND.toLowerCase(),
      shortNames: ['tkc'],
      categories: ['taskloom'],
    },
    scope: 'Namespaced',
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        additionalPrinterColumns: columns,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.workers.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        schema: { openAPIV3Schema: rootSchema() },
      },
    ],
  },
});
