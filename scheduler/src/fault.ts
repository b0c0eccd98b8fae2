/** A failure that the scheduler found itself, as the TaskError that clients decode (see error-wire.ts of the values). */
import { packMap } from '@taskloom/protocol';
import type { Fault } from './core/index.ts';

/** The codec byte of msgpack: the scheduler knows this much of values, since it has to make one. */
const MSGPACK = 1;

const NAMES: Readonly<Record<Fault['code'], string>> = {
  'worker-died': 'WorkerDiedError',
  'data-lost': 'DataLostError',
  cancelled: 'CancelledError',
  'unknown-input': 'UnknownInputError',
  unreachable: 'UnreachableError',
};

export function encodeFault({ code, message, task, attempt, worker }: Fault): Uint8Array {
  const error = { class: 'Error', name: NAMES[code], message, properties: { code: { plain: code } } };
  const packed = packMap({ task, worker, attempt, thrown: { error: 0 }, errors: [error] });
  const bytes = new Uint8Array(packed.length + 1);
  bytes[0] = MSGPACK;
  bytes.set(packed, 1);
  return bytes;
}
