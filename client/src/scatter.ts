/** Data brought to the workers once, to be passed to many tasks as a future. */
import { Limits, packMap } from '@taskloom/protocol';
import { encodeBlock, type Parts, partsLength } from '@taskloom/protocol/values';
import { Future } from './future.ts';
import { checkOptions } from './options.ts';
import { given, onlyOptions, refuse } from './said.ts';
import type { Session } from './session.ts';

/** Where scattered data goes: to one worker unless said. */
export interface ScatterOptions {
  /** A copy on every worker. */
  readonly broadcast?: boolean | undefined;
  /** Names of the workers that may hold it. */
  readonly workers?: readonly string[] | undefined;
}

const NAME = 'scattered data';
/** Typed arrays from this size on are sent from where they are, and must not change until they have arrived: a copy takes as long as half of the way. */
const IN_PLACE_BYTES = 64 * 1024;

/** One future for each value, in order; a hole is undefined. */
export function scatter(
  session: Session,
  values: readonly unknown[],
  options: ScatterOptions,
): Future<unknown>[] {
  session.assertOpen();
  const { broadcast = false, workers } = checked(options);
  const rootOf = (row: number) => (values.length === 1 ? 'scattered value' : `scattered value ${row}`);
  const encoded = Array.from(values, (value, row) => encodedAlone(value, rootOf(row)));
  const futures: Future<unknown>[] = [];
  for (let from = 0; from < encoded.length; from += Limits.batchTasks) {
    const batch = encoded.slice(from, from + Limits.batchTasks);
    const first = session.calls.mint(batch.length);
    session.submitted(first, batch.length);
    const head = { first, name: NAME, broadcast, ...(workers && { workers: [...workers] }) };
    const bytes = Uint32Array.from(batch, partsLength);
    session.say({ op: 'scatter', bytes, sections: [packMap(head)] });
    for (const [row, parts] of batch.entries()) futures.push(futureOf(session, first + row, parts));
  }
  return futures;
}

function futureOf(session: Session, task: number, parts: Parts): Future<unknown> {
  session.uploads.add(task, parts);
  const future = new Future(session, task, NAME);
  session.handles.add(future, task, 1);
  return future;
}

function checked(options: ScatterOptions): ScatterOptions {
  const { broadcast, workers } = onlyOptions(options, ['broadcast', 'workers'], '{ broadcast: true }');
  if (broadcast !== undefined && typeof broadcast !== 'boolean')
    refuse(`broadcast must be true or false, got ${given(broadcast)}`);
  if (workers !== undefined) checkOptions({ workers });
  return { ...(broadcast && { broadcast }), ...(workers && { workers }) };
}

function encodedAlone(value: unknown, root: string): Parts {
  const block = encodeBlock([value], undefined, root)[0];
  if (!block) refuse('nothing to scatter');
  return block.parts.map((part) => (part.byteLength < IN_PLACE_BYTES ? new Uint8Array(part) : part));
}
