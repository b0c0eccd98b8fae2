/** The cases that can be told without an API server; test/kubernetes/drift.test.ts finds the others. */
import { describe, expect, test } from 'vitest';
import { drifted } from './drift.ts';

const selector = { app: 'malaria' };
const port = { name: 'cluster', port: 8786, protocol: 'TCP' };

describe('drift is', () => {
  test.each([
    ['what is missing', { spec: { selector } }, { spec: {} }, 'spec.selector'],
    ['another value', { spec: { type: 'ClusterIP' } }, { spec: { type: 'NodePort' } }, 'spec.type'],
    [
      'what is added to a selector',
      { spec: { selector } },
      { spec: { selector: { ...selector, a: 'b' } } },
      'spec.selector.a',
    ],
    [
      'what narrows an empty one',
      { podSelector: {} },
      { podSelector: { matchLabels: { a: 'b' } } },
      'podSelector.matchLabels',
    ],
    [
      'a selector of everything that is gone',
      { from: [{ namespaceSelector: {} }] },
      { from: [{}] },
      'from[0].namespaceSelector',
    ],
    [
      'one that came',
      { from: [{ podSelector: {} }] },
      { from: [{ podSelector: {}, namespaceSelector: {} }] },
      'from[0].namespaceSelector',
    ],
    [
      'a false that is no longer said',
      { automountServiceAccountToken: false },
      {},
      'automountServiceAccountToken',
    ],
    ['an entry more in a list without keys', { args: ['a'] }, { args: ['a', 'b'] }, 'args'],
    [
      'an entry less in one with keys',
      { spec: { ports: [port] } },
      { spec: { ports: [] } },
      'spec.ports[8786/TCP]',
    ],
  ])('%s', (_, wanted, found, path) => {
    expect(drifted(wanted, found)).toBe(path);
  });
});

describe('no drift is', () => {
  test.each([
    [
      'what others add to an object',
      { metadata: { labels: { a: 'b' } } },
      { metadata: { labels: { a: 'b', c: 'd' } } },
    ],
    ['a port of theirs', { ports: [{ port: 8786 }] }, { ports: [{ ...port, port: 1 }, port] }],
    ['an owner more', { ownerReferences: [{ uid: 'a' }] }, { ownerReferences: [{ uid: 'b' }, { uid: 'a' }] }],
    ['an amount in other words', { limits: { cpu: '1000m' } }, { limits: { cpu: '1' } }],
    ['what says nothing', { hostNetwork: false, nodeSelector: {}, value: '' }, {}],
    [
      'a default within what is ours',
      { fieldRef: { fieldPath: 'a' } },
      { fieldRef: { fieldPath: 'a', apiVersion: 'v1' } },
    ],
  ])('%s', (_, wanted, found) => {
    expect(drifted({ spec: wanted }, { spec: found })).toBe(undefined);
  });
});
