/** What the pods of a cluster wrote. */
import { LABELS } from '@taskloom/operator/crd';
import { isApiError, resource } from '@taskloom/operator/runtime';
import { asking, type Target } from './target.ts';

export interface LogsOptions {
  /** The last lines of each pod; 100 unless said. */
  readonly lines?: number | undefined;
  /** Of the workers of this group only. */
  readonly group?: string | undefined;
  /** Of the run before the last restart. */
  readonly previous?: boolean | undefined;
}

const PODS = resource('v1', 'Pod', 'pods');
const LINES = 100;
/** Of each pod. */
const LOG_BYTES = 4 * 1024 * 1024;

/** By the names of the pods. A pod that has not started has written nothing. */
export async function logsOf(
  target: Target,
  cluster: string,
  { lines = LINES, group, previous = false }: LogsOptions,
): Promise<Map<string, string>> {
  const { api, namespace } = target;
  const labels = { [LABELS.cluster]: cluster, ...(group !== undefined && { [LABELS.group]: group }) };
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const pods = await asking(target, () => api.list(PODS, { namespace, labelSelector }, {}));
  const read = async (name: string): Promise<[string, string]> => {
    const text = await api
      .log({ namespace, name }, { tailLines: lines, limitBytes: LOG_BYTES, previous })
      .catch(nothingYet);
    return [name, text];
  };
  return new Map(
    await asking(target, () => Promise.all(pods.items.map(({ metadata }) => read(metadata.name)))),
  );
}

function nothingYet(error: unknown): string {
  if (isApiError(error, 'bad-request', 'not-found')) return '';
  throw error;
}
