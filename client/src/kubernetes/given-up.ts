/** Why a cluster is not waited for any longer, and what to do about it. */
import { PLURAL } from '@taskloom/operator/crd';
import { ClientError } from '../errors.ts';
import { type Standing, UNSEEN } from './standing.ts';

type Failed = Extract<Standing, { is: 'failed' }>;

export const givenUp = {
  at(name: string, { why, message }: Failed): ClientError {
    if (why === 'refused')
      return new ClientError('invalid-spec', `cluster ${name} is not accepted: ${message}`);
    if (why === 'leaving')
      return new ClientError('not-found', `cluster ${name} is being deleted: make a new one when it is gone`);
    const patch = `'{"spec":{"suspend":false}}'`;
    return new ClientError(
      'suspended',
      `cluster ${name} is suspended; to wake it: kubectl patch ${PLURAL} ${name} --type merge -p ${patch}`,
    );
  },
  stuck(name: string, reason: string, line: string): ClientError {
    const next =
      reason === UNSEEN
        ? 'is one running? kubectl get pods --all-namespaces --selector app.kubernetes.io/name=taskloom'
        : `kubectl describe ${PLURAL} ${name} says more`;
    return new ClientError(
      'not-ready',
      `cluster ${name} does not become ready (${reason}): ${line}; ${next}`,
    );
  },
  late: (name: string, line: string): ClientError =>
    new ClientError(
      'timed-out',
      `cluster ${name} is not ready yet: ${line}; allow it more time with { timeoutMs }`,
    ),
  gone: (name: string): ClientError =>
    new ClientError(
      'not-found',
      `cluster ${name} was deleted meanwhile, by somebody or because it was idle (see spec.idle): make a new one`,
    ),
};
