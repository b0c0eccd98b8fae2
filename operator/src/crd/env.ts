/** Environment variables of the containers. */
import { z } from 'zod';
import { mapList, ruled } from './rule.ts';

const source = (what: string) =>
  z.object({
    name: z.string().min(1).max(253).describe(`Name of the ${what}, in the namespace of the TaskCluster.`),
    key: z.string().min(1).max(253).describe(`Which entry of the ${what}.`),
    optional: z.boolean().optional().describe('Start without it when it is not there.'),
  });

const valueFrom = ruled(
  z.object({
    secretKeyRef: source('Secret').optional().describe('An entry of a Secret.'),
    configMapKeyRef: source('ConfigMap').optional().describe('An entry of a ConfigMap.'),
    fieldRef: z
      .object({
        fieldPath: z.string().min(1).max(253).describe('Such as spec.nodeName.'),
      })
      .optional()
      .describe('A field of the pod itself.'),
  }),
  {
    rule: '[has(self.secretKeyRef), has(self.configMapKeyRef), has(self.fieldRef)].filter(x, x).size() == 1',
    message: 'valueFrom has one of secretKeyRef, configMapKeyRef and fieldRef',
  },
);

const name = ruled(
  z.string().min(1).max(253),
  {
    rule: "!self.startsWith('TASKLOOM_')",
    message:
      'variables that begin with TASKLOOM_ belong to the operator: write the fields threads, resources and drainSeconds',
  },
  {
    rule: "self.matches('^[A-Za-z_.-][A-Za-z0-9_.-]*$')",
    message: 'the name of a variable has letters, digits, _, . and -, and does not begin with a digit',
  },
);

const variable = ruled(
  z.object({
    name: name.describe('Name of the variable.'),
    value: z.string().max(32_768).optional().describe('Its value. Numbers are written in quotes.'),
    valueFrom: valueFrom.optional().describe('Where its value comes from, instead of `value`.'),
  }),
  {
    rule: '!(has(self.value) && has(self.valueFrom))',
    message: 'a variable has value or valueFrom, not both',
  },
);

export const env = mapList(variable, 'name', 64);
