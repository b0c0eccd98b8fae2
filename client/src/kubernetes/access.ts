/** What opens a cluster's door: its authority and its token, from the Secret for people. */
import { childrenOf } from '@taskloom/operator/crd';
import { type KubeObject, resource } from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';
import { asking, type Target } from './target.ts';

export interface Access {
  /** The authority that signed the scheduler's and the workers' certificates, PEM. */
  readonly ca: string;
  readonly token: string;
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS = resource<Secret>('v1', 'Secret', 'secrets');

export async function accessTo(target: Target, cluster: string): Promise<Access> {
  const name = childrenOf(cluster).clientSecret;
  const { namespace } = target;
  const secret = await asking(target, () => target.api.get(SECRETS, { namespace, name }));
  const [ca, token] = ['ca.crt', 'token'].map((key) => decoded(secret?.data?.[key]));
  if (ca && token) return { ca, token };
  throw new ClientError(
    'not-ready',
    `the Secret ${namespace}/${name}, which opens cluster ${cluster}, ${secret ? 'is not complete' : 'is not there'}: is the operator running?`,
  );
}

const decoded = (base64 = '') => Buffer.from(base64, 'base64').toString('utf8').trim();
