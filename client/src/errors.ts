/** Failures of using or operating a client. Failures of tasks arrive as what the task threw, see `TaskFailure`. */

/** What went wrong, for programs: the message says it for people. */
export type ClientCode =
  /** An option or argument that cannot be meant. */
  | 'bad-option'
  | 'not-iterable'
  /** A future of another client stands among the arguments. */
  | 'foreign-future'
  | 'released-future'
  /** The same key for another function or other arguments. */
  | 'key-conflict'
  | 'too-large'
  /** The scheduler cannot be reached, or refused us. */
  | 'unreachable'
  | 'wrong-token'
  | 'version-mismatch'
  /** The scheduler does not take what this client said. */
  | 'refused'
  /** The scheduler was there and is gone. */
  | 'connection-lost'
  | 'closed'
  | 'timed-out'
  /** A process of a local cluster did not start. */
  | 'start-failed'
  | 'not-finished'
  /** A result came that this process cannot decode. */
  | 'unreadable'
  /** Of clusters on Kubernetes: there is no kubeconfig, or it cannot be used. */
  | 'no-kubeconfig'
  /** The resource TaskCluster is unknown there. */
  | 'not-installed'
  | 'forbidden'
  | 'not-found'
  | 'name-in-use'
  | 'invalid-spec'
  /** The cluster cannot become ready without somebody doing something; the message says what. */
  | 'not-ready'
  | 'suspended';

const RETRYABLE: ReadonlySet<ClientCode> = new Set(['unreachable', 'connection-lost', 'timed-out']);

/**
 * Something other than a task failed; `code` says what, `retryable` whether trying again can help.
 *
 * @example
 * import { Client, ClientError } from '@taskloom/client';
 *
 * try {
 *   await Client.connect('ws://127.0.0.1:1', { token: 'none' });
 * } catch (error) {
 *   console.log(error instanceof ClientError && error.code); // unreachable
 * }
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** What went wrong. */
  readonly code: ClientCode;

  constructor(code: ClientCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same again may go well: nobody answered, the connection was lost, or it took too long. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** What an error of a task says of where it happened. */
export interface TaskFailure {
  /** The name of the function, that of the worker, and how often it had been tried before: 0 at first. */
  readonly taskloom: { readonly task: string; readonly worker: string; readonly attempt: number };
}
