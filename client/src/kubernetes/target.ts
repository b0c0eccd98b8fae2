/** Which Kubernetes, as whom, and in which namespace: what kubectl would take. */
import {
  ApiClient,
  type Credentials,
  inClusterCredentials,
  isApiError,
  kubeconfigFiles,
  Transport,
} from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';
import { type Asked, failureOf } from './failures.ts';

export interface KubernetesOptions {
  /** Path of a kubeconfig; `$KUBECONFIG`, else `~/.kube/config`, else the service account of this pod unless said. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; the current one unless said. */
  readonly context?: string | undefined;
  /** That of the context unless said. */
  readonly namespace?: string | undefined;
}

export interface Target extends Asked {
  readonly api: ApiClient;
  readonly transport: Transport;
  readonly credentials: Credentials;
  /** Whether this process is a pod there: then it reaches services and pods by their addresses. */
  readonly inside: boolean;
}

const FIELD_MANAGER = 'taskloom-client';

export async function targetOf(
  options: KubernetesOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  const { credentials, inside } = await credentialsOf(options, env);
  const transport = new Transport({ credentials, userAgent: FIELD_MANAGER });
  const ours = inside && env.POD_NAMESPACE ? env.POD_NAMESPACE : credentials.namespace;
  return {
    api: new ApiClient(transport, { fieldManager: FIELD_MANAGER }),
    transport,
    credentials,
    inside,
    server: credentials.server,
    namespace: options.namespace ?? ours ?? 'default',
  };
}

/** Does it, and says what the API server refuses as a ClientError. */
export async function asking<T>(asked: Asked, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failureOf(error, asked);
  }
}

async function credentialsOf({ kubeconfig, context }: KubernetesOptions, env: NodeJS.ProcessEnv) {
  const outside = await fromKubeconfig({ file: kubeconfig, context }, env);
  if (outside) return { credentials: outside, inside: false };
  const inside = fromPod(env);
  if (inside) return { credentials: inside, inside: true };
  throw new ClientError(
    'no-kubeconfig',
    'there is no kubeconfig: set KUBECONFIG, or pass { kubeconfig }; in a pod, mount the token of its service account',
  );
}

async function fromKubeconfig(
  choice: { file?: string | undefined; context?: string | undefined },
  env: NodeJS.ProcessEnv,
) {
  if (kubeconfigFiles(choice, env).length === 0) return undefined;
  // It loads the Kubernetes library, which a pod does without.
  const { kubeconfigCredentials } = await import('@taskloom/operator/runtime/kubeconfig');
  try {
    return kubeconfigCredentials({ ...choice, env });
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new ClientError('no-kubeconfig', error.message, { cause: error });
  }
}

/** A pod without the token of a service account is nobody to the API server. */
function fromPod(env: NodeJS.ProcessEnv): Credentials | undefined {
  try {
    return inClusterCredentials(env);
  } catch {
    return undefined;
  }
}
