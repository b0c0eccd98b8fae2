/** What the API server refuses, in words that say what to do. */
import { PLURAL } from '@taskloom/operator/crd';
import { type ApiError, isApiError } from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';

/** What was asked, for the message. */
export interface Asked {
  readonly server: URL;
  readonly namespace: string;
}

const RIGHTS = 'the Role in examples/kubernetes/notebook-user.yaml has what a client needs';
const INSTALL = 'helm install taskloom charts/taskloom --namespace taskloom-system --create-namespace';

/** Anything but an ApiError passes as it is. */
export function failureOf(error: unknown, asked: Asked): unknown {
  if (!isApiError(error)) return error;
  const made = (code: ConstructorParameters<typeof ClientError>[0], message: string) =>
    new ClientError(code, message, { cause: error });
  switch (error.code) {
    case 'unreachable':
    case 'timeout':
      return made(
        'unreachable',
        `the Kubernetes API at ${asked.server.origin} does not answer (${error.message}): is the cluster up, and is the context the right one (kubectl config current-context)?`,
      );
    case 'unauthorized':
      return made(
        'forbidden',
        `the Kubernetes API at ${asked.server.origin} does not know who you are (${error.message}): try kubectl auth whoami`,
      );
    case 'forbidden':
      return made('forbidden', forbidden(error));
    case 'not-found':
      return isUnknownResource(error)
        ? made('not-installed', `this Kubernetes knows no ${PLURAL}: install Taskloom in it (${INSTALL})`)
        : made('not-found', missing(error, asked));
    case 'invalid':
    case 'bad-request':
      return made('invalid-spec', said(error));
    default:
      return made('unreachable', error.message);
  }
}

/** The server's own words, without what we put in front of them. */
export const said = (error: ApiError) => error.message.replace(/^[A-Z]+ \/\S*: /, '');

function forbidden(error: ApiError): string {
  // Quotas and admission policies refuse with the same status; their words are enough.
  const rights = / cannot \w+ resource /.test(error.message);
  return rights ? `${said(error)}; ask for that right: ${RIGHTS}` : said(error);
}

/** The API server says nothing of its own where not even the group is known. */
const isUnknownResource = (error: ApiError) =>
  error.reason === '' || error.message.includes('could not find the requested resource');

function missing(error: ApiError, { namespace }: Asked): string {
  if (!/^namespaces? /.test(said(error))) return said(error);
  return `there is no namespace "${namespace}": kubectl create namespace ${namespace}`;
}
