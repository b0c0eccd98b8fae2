/** How the operator is run: flags, each of which may be an environment variable instead. */
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

export interface OperatorSettings {
  /** The only namespace that is looked at; all when absent. */
  readonly namespace: string | undefined;
  readonly defaultImage: string;
  readonly leaderElection: boolean;
  readonly metricsPort: number;
  readonly healthPort: number;
  /** Requests to the API server: a second, and at once. */
  readonly apiPerSecond: number;
  readonly apiBurst: number;
  /** Clusters looked at a time. */
  readonly workers: number;
  readonly logLevel: string;
  /** Where the operator itself runs: its Lease is there, and the NetworkPolicies let it in from there. */
  readonly operatorNamespace: string | undefined;
  readonly podName: string;
}

/** Said on the command line or in the environment in a way that cannot be meant. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'bad-settings';
  readonly retryable = false;
}

interface Flag {
  readonly fallback: string;
  readonly says: string;
  readonly boolean?: boolean;
}

const FLAGS = {
  namespace: { fallback: '', says: 'look at this namespace only' },
  'default-image': { fallback: '', says: 'image of clusters that name none' },
  'leader-election': {
    fallback: 'false',
    says: 'act only while holding the Lease taskloom-operator',
    boolean: true,
  },
  'metrics-port': { fallback: '8080', says: 'port of /metrics; 0 for any' },
  'health-port': { fallback: '8081', says: 'port of /healthz and /readyz; 0 for any' },
  'kube-api-qps': { fallback: '100', says: 'requests a second to the API server' },
  'kube-api-burst': { fallback: '200', says: 'requests at once to the API server' },
  workers: { fallback: '16', says: 'clusters looked at a time' },
  'log-level': { fallback: 'info', says: 'trace, debug, info, warn, error' },
} as const satisfies Record<string, Flag>;

type Name = keyof typeof FLAGS;

const NAMES = Object.keys(FLAGS) as Name[];

const variableOf = (name: string) => `TASKLOOM_${name.toUpperCase().replaceAll('-', '_')}`;

export function usage(): string {
  const lines = NAMES.map((name) => {
    const { fallback, says } = FLAGS[name];
    const initially = fallback === '' ? '' : ` (${fallback})`;
    return `  --${name.padEnd(18)}${says}${initially}; or ${variableOf(name)}`;
  });
  return `taskloom-operator [flags]\n\n${lines.join('\n')}\n`;
}

export function settingsFrom(args: readonly string[], env: NodeJS.ProcessEnv): OperatorSettings {
  const said = parsed(args);
  const text = (name: Name) => said[name] ?? env[variableOf(name)] ?? FLAGS[name].fallback;
  const defaultImage = text('default-image');
  if (defaultImage === '') {
    throw new SettingsError('say --default-image, the image of clusters that name none');
  }
  return {
    namespace: text('namespace') || undefined,
    defaultImage,
    leaderElection: text('leader-election') === 'true',
    metricsPort: number('metrics-port', text('metrics-port'), 0, 65_535),
    healthPort: number('health-port', text('health-port'), 0, 65_535),
    apiPerSecond: number('kube-api-qps', text('kube-api-qps'), 1, 10_000),
    apiBurst: number('kube-api-burst', text('kube-api-burst'), 1, 10_000),
    workers: number('workers', text('workers'), 1, 1_000),
    logLevel: text('log-level'),
    operatorNamespace: env.POD_NAMESPACE || undefined,
    podName: env.POD_NAME || hostname(),
  };
}

function parsed(args: readonly string[]): Partial<Record<Name, string>> {
  const options = Object.fromEntries(
    NAMES.map((name) => [name, { type: 'boolean' in FLAGS[name] ? 'boolean' : 'string' } as const]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, allowNegative: true, strict: true });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    throw new SettingsError(`${error instanceof Error ? error.message : error}\n\n${usage()}`);
  }
}

function number(name: Name, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SettingsError(`--${name} is a whole number from ${least} to ${most}, not ${text}`);
}
