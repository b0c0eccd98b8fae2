import { expect, test } from 'vitest';
import { CHART, describeChart, helm, type Manifest, type Rule, render, rendered } from './helm.ts';

const ALL = [
  'replicas=2',
  'networkPolicy.enabled=true',
  'metrics.serviceMonitor.enabled=true',
  'metrics.prometheusRule.enabled=true',
];
const kinds = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind).sort();
const only = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind);

interface PodSpec {
  readonly securityContext: object;
  readonly containers: readonly { readonly securityContext: object; readonly args?: readonly string[] }[];
}
/** The pods of a release: the operator's, and the one of its test. */
function pods(manifests: readonly Manifest[]): PodSpec[] {
  const templates = only(manifests, 'Deployment').map(
    ({ spec }) => (spec as { template: { spec: PodSpec } }).template.spec,
  );
  return [...templates, ...only(manifests, 'Pod').map(({ spec }) => spec as PodSpec)];
}
const argumentsOf = (manifests: readonly Manifest[]) => pods(manifests)[0]?.containers[0]?.args ?? [];

describeChart('the chart', () => {
  test('has nothing that helm lint --strict complains of', async () => {
    expect(await helm('lint', '--strict', CHART)).toContain('0 chart(s) failed');
  });

  test('makes only what is asked for', async () => {
    const optional = ['NetworkPolicy', 'PodDisruptionBudget', 'PrometheusRule', 'ServiceMonitor'];
    const without = kinds(await rendered());
    expect(kinds(await rendered(...ALL)).filter((kind) => !without.includes(kind))).toEqual(optional);
  });

  test('runs every pod as the restricted Pod Security level wants it, with a root that cannot be written', async () => {
    const found = pods(await rendered());
    expect(found).toHaveLength(2);
    for (const { securityContext, containers } of found) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        });
      }
    }
  });

  test('keeps its CRD when the release goes, unless told otherwise', async () => {
    const [kept] = only(await rendered(), 'CustomResourceDefinition');
    expect(kept?.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
    const [left] = only(await rendered('crds.keep=false'), 'CustomResourceDefinition');
    expect(left?.metadata.annotations ?? {}).not.toHaveProperty(['helm.sh/resource-policy']);
    expect(kinds(await rendered('crds.install=false'))).not.toContain('CustomResourceDefinition');
  });

  test('with scope namespace has nothing that is of the whole cluster but the CRD', async () => {
    const manifests = await rendered('scope=namespace');
    const shared = manifests.filter(({ metadata }) => metadata.namespace === undefined);
    expect(kinds(shared)).toEqual(['CustomResourceDefinition']);
    expect(argumentsOf(manifests)).toContain('--namespace=taskloom-system');
    expect(argumentsOf(await rendered())).not.toContain('--namespace=taskloom-system');
  });

  test('gives clusters the operator’s image, unless they are to have another', async () => {
    expect(argumentsOf(await rendered('image.tag=v7'))).toContain(
      '--default-image=docker.io/taskloom/taskloom:v7',
    );
    expect(argumentsOf(await rendered('defaultImage=mine:1'))).toContain('--default-image=mine:1');
  });

  test('is also there as one file for kubectl apply', async () => {
    const namespace = [
      'apiVersion: v1',
      'kind: Namespace',
      'metadata:',
      '  name: taskloom-system',
      '  labels: { pod-security.kubernetes.io/enforce: restricted }',
      '',
    ].join('\n');
    const manifests = await helm(
      ...['template', 'taskloom', CHART, '--namespace', 'taskloom-system'],
      ...['--no-hooks', '--skip-tests', '--set', 'crds.keep=false'],
    );
    const head = '# The chart with its default values. Generated: npx vitest run test/chart -u\n';
    await expect(`${head}${namespace}${manifests}`).toMatchFileSnapshot('../../charts/install.yaml');
  });
});

describeChart('the operator’s rights', () => {
  const spoken = ({ apiGroups, resources, resourceNames, verbs }: Rule) => {
    const group = apiGroups[0] ? `.${apiGroups[0]}` : '';
    const named = resourceNames ? ` named ${resourceNames.join(', ')}` : '';
    return resources.map((resource) => `${resource}${group}${named}: ${verbs.join(' ')}`);
  };
  const rightsOf = (manifests: readonly Manifest[]) =>
    manifests
      .filter(({ kind, metadata }) => /Role$/.test(kind) && !/-(view|edit|test)$/.test(metadata.name))
      .flatMap(({ kind, metadata, rules = [] }) => [
        `${kind} ${metadata.name}`,
        ...rules.flatMap(spoken).map((line) => `  ${line}`),
      ]);

  test('are these and no others', async () => {
    const modes = await Promise.all(['cluster', 'namespace'].map((scope) => rendered(`scope=${scope}`)));
    const text = modes.flatMap((manifests) => [...rightsOf(manifests), '']).join('\n');
    await expect(text).toMatchFileSnapshot('rights.golden.txt');
  });

  test('reach no secret without its name, and no role', async () => {
    const rules = (await rendered())
      .filter(({ metadata }) => metadata.name === 'taskloom')
      .flatMap((manifest) => manifest.rules ?? []);
    expect(rules.length).toBeGreaterThan(5);
    const secrets = rules.filter(({ resources }) => resources.includes('secrets'));
    expect(
      secrets.flatMap(({ verbs }) => verbs).filter((verb) => /list|watch|deletecollection|\*/.test(verb)),
    ).toEqual([]);
    expect(rules.filter(({ apiGroups }) => apiGroups.some((group) => /rbac|\*/.test(group)))).toEqual([]);
  });
});

describeChart('the chart refuses', () => {
  test.each([
    ['a value it does not know', 'replica=2', 'replica'],
    ['a scope it does not know', 'scope=galaxy', 'scope'],
    ['a number of replicas that is none', 'replicas=many', 'replicas'],
    ['fewer replicas than none', 'replicas=-1', 'replicas'],
    ['a port that needs root', 'metrics.port=80', 'port'],
    ['a pull policy it does not know', 'image.pullPolicy=Sometimes', 'pullPolicy'],
    ['an interval without a unit', 'metrics.serviceMonitor.interval=30', 'interval'],
    ['a switch that is neither on nor off', 'crds.install=perhaps', 'install'],
    ['a port that is none', 'networkPolicy.apiPorts={0}', 'apiPorts'],
    ['an image without a name', 'image.repository=', 'repository'],
    ['a setting in the wrong place', 'metrics.enabled=true', 'enabled'],
    ['a label that is no text', 'podLabels.team.name=x', 'team'],
  ])('%s', async (_, value, named) => {
    await expect(render(value)).rejects.toThrow(named);
  });
});
