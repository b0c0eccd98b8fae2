/** Ends of tasks that their function did not bring about, as errors that people read. */
import { encodeError } from '@taskloom/protocol/values';
import type { Failure } from './core/index.ts';

export function encodeFailure(worker: string): (failure: Failure) => Uint8Array {
  return (failure) => {
    const { name, code, message } = DESCRIPTIONS[failure.is](failure);
    const error = Object.assign(new Error(message), { name, code });
    // There is no stack: nothing here is what failed.
    error.stack = `${name}: ${message}`;
    return encodeError(error, { task: failure.task, worker, attempt: failure.attempt });
  };
}

const DESCRIPTIONS: {
  [Is in Failure['is']]: (failure: Failure) => { name: string; code: string; message: string };
} = {
  'timed-out': ({ task, reason }) => ({
    name: 'TaskTimeoutError',
    code: 'timed-out',
    message: `${task} was stopped: ${reason}. Give it more time, or less to do`,
  }),
  'thread-died': ({ task, reason }) => ({
    name: 'ThreadDiedError',
    code: 'thread-died',
    message: `${task} ended the thread it ran in: ${reason}`,
  }),
};
