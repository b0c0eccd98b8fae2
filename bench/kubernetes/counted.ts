// What operator and API server count by themselves.
import { OPERATOR_NAMESPACE } from '../../test/kubernetes/deploy.ts';
import { kubectl } from '../../test/kubernetes/kubectl.ts';
import type { Place } from './place.ts';
import { parseScrape, type Sample, sumOf } from './scrape.ts';

/** What a cluster is made of, and what is said of it. */
const PARTS = new Set([
  ...['taskclusters', 'pods', 'services', 'statefulsets', 'serviceaccounts', 'secrets', 'events'],
  ...['controllerrevisions', 'networkpolicies', 'poddisruptionbudgets'],
]);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);

export interface Counts {
  /** The operator renews its Lease by PUT, and writes nothing else by it. */
  readonly leases: number;
  readonly writes: number;
  /** By anybody, the operator too. */
  readonly writesOfAll: number;
  readonly reconciles: number;
  readonly cpuSeconds: number;
}

const inOperators = (at: Place, ...args: readonly string[]) =>
  kubectl(at, '--namespace', OPERATOR_NAMESPACE, ...args);

export async function operatorPod(at: Place): Promise<string> {
  const selector = 'app.kubernetes.io/component=operator';
  const names = await inOperators(
    at,
    'get',
    'pods',
    '-l',
    selector,
    '-o',
    'jsonpath={.items[*].metadata.name}',
  );
  if (!/^\S+$/.test(names)) throw new Error(`there should be one pod of the operator; there are: ${names}`);
  return names;
}

export async function counts(at: Place, pod: string): Promise<Counts> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${pod}:8080/proxy/metrics`;
  const operator = parseScrape(await kubectl(at, 'get', '--raw', path));
  const api = parseScrape(await kubectl(at, 'get', '--raw', '/metrics'));
  return countsOf(operator, api);
}

export function countsOf(operator: readonly Sample[], api: readonly Sample[]): Counts {
  const asked = (isSo: (method: string) => boolean) =>
    sumOf(operator, 'rest_client_requests_total', ({ method = '' }) => isSo(method));
  return {
    leases: asked((method) => method === 'PUT'),
    writes: asked((method) => method !== 'PUT' && WRITES.has(method)),
    writesOfAll: sumOf(
      api,
      'apiserver_request_total',
      ({ verb = '', resource = '' }) => WRITES.has(verb) && PARTS.has(resource),
    ),
    reconciles: sumOf(operator, 'controller_runtime_reconcile_total'),
    cpuSeconds: sumOf(operator, 'process_cpu_seconds_total'),
  };
}

export interface Memory {
  readonly residentMb: number;
  readonly peakMb: number;
}

export async function memoryOf(at: Place, pod: string): Promise<Memory> {
  const status = await inOperators(at, 'exec', pod, '--', 'cat', '/proc/1/status');
  const mb = (field: string) =>
    (Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))?.[1]) * 1024) / 1e6;
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
