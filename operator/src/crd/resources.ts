/** Amounts of cpu, memory and devices. */
import { z } from 'zod';
import { type Rule, ruled, worded } from './rule.ts';

const text = (name: string) => `string(self[${name}])`;
const amount = (name: string) => `quantity(${text(name)})`;

const quantity = ruled(z.union([z.int(), z.string().max(32)]), {
  rule: "type(self) == int ? self >= 0 : isQuantity(self) && quantity(self).compareTo(quantity('0')) >= 0",
  message: "write an amount such as 2, '500m' or '4Gi'; it is never negative",
});

const amounts = (what: string) =>
  worded(z.record(z.string(), quantity), {
    maxProperties: 16,
    'x-kubernetes-validations': [memoryRule, cpuRule, deviceRule(what)],
  });

const memoryRule: Rule = {
  rule: `!('memory' in self) || !isQuantity(${text("'memory'")}) || ${amount("'memory'")}.compareTo(quantity('32Mi')) >= 0`,
  message: "memory is in bytes and at least 32Mi: write '512Mi' or '4Gi' ('512m' is half a byte)",
};
const cpuRule: Rule = {
  rule: `!('cpu' in self) || !isQuantity(${text("'cpu'")}) || (${amount("'cpu'")}.compareTo(quantity('1m')) >= 0 && ${amount("'cpu'")}.compareTo(quantity('4096')) <= 0)`,
  message: "cpu is in cores: write 2, or '500m' for half a core",
};
const deviceRule = (what: string): Rule => ({
  rule: `self.all(k, !k.contains('/') || !isQuantity(${text('k')}) || ${amount('k')}.isInteger())`,
  message: `a device under ${what} is counted in whole numbers, such as nvidia.com/gpu: 1`,
});

const requestsWithinLimits: Rule = {
  rule: `!has(self.requests) || !has(self.limits) || self.requests.all(k, !(k in self.limits) || !isQuantity(string(self.requests[k])) || !isQuantity(string(self.limits[k])) || quantity(string(self.requests[k])).compareTo(quantity(string(self.limits[k]))) <= 0)`,
  message: 'a request is above its limit: lower the request or raise the limit',
};
const devicesAreLimits: Rule = {
  rule: `!has(self.requests) || self.requests.all(k, !k.contains('/') || (has(self.limits) && k in self.limits && string(self.limits[k]) == string(self.requests[k])))`,
  message:
    'a device such as nvidia.com/gpu is written under limits; a request for it is left out, or the same',
};

export const resources = ruled(
  z.object({
    requests: amounts('requests')
      .optional()
      .describe('What a pod is given at least; nodes are chosen by it.'),
    limits: amounts('limits')
      .optional()
      .describe(
        'What a pod may use at most. A limit of memory is passed on to the worker, whose threads share three quarters of it as their heaps; a device such as nvidia.com/gpu becomes a resource that tasks can ask for.',
      ),
  }),
  requestsWithinLimits,
  devicesAreLimits,
);
