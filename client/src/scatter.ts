/** Data brought to the workers once, to be passed to many tasks as a future. */
import { packMap } from '@taskloom/protocol';
import { encodeBlock, type Parts, partsLength } from '@taskloom/protocol/values';
import { ClientError } from './errors.ts';
import { Future } from './future.ts';
import { checkOptions } from './options.ts';
import type { Session } from './session.ts';

export interface ScatterOptions {
  /** A copy on every worker. */
  readonly broadcast?: boolean;
  /** Names of the workers that may hold it. */
  readonly workers?: readonly string[];
}

const NAME = 'scattered data';

/** One future for each value, in order. */
export function scatter(
  session: Session,
  values: readonly unknown[],
  options: ScatterOptions,
): Future<unknown>[] {
  session.assertOpen();
  const { broadcast = false, workers } = checked(options);
  const encoded = values.map(encodedAlone);
  const first = session.calls.mint(values.length);
  encoded.forEach((parts, row) => {
    session.uploads.add(first + row, parts);
  });
  session.submitted(first, values.length);
  const head = { first, name: NAME, broadcast, ...(workers && { workers: [...workers] }) };
  session.say({
    op: 'scatter',
    bytes: Uint32Array.from(encoded, partsLength),
    sections: [packMap(head)],
  });
  return encoded.map((_, row) => {
    const future = new Future(session, first + row, NAME);
    session.handles.add(future, first + row, 1);
    return future;
  });
}

function checked({ broadcast, workers, ...unknown }: ScatterOptions): ScatterOptions {
  const [name] = Object.keys(unknown);
  if (name) throw new ClientError('bad-option', `there is no option "${name}"; there are broadcast, workers`);
  if (broadcast !== undefined && typeof broadcast !== 'boolean') {
    throw new ClientError('bad-option', 'broadcast must be true or false');
  }
  if (workers) checkOptions({ workers });
  return { ...(broadcast && { broadcast }), ...(workers && { workers }) };
}

function encodedAlone(value: unknown): Parts {
  const block = encodeBlock([value])[0];
  if (!block) throw new ClientError('bad-option', 'nothing to scatter');
  return block.parts;
}
