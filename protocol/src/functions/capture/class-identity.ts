import { TravelError } from '../../values/errors.ts';
import { classIdentity, isLoadedClass } from '../identities.ts';
import { GraphEncoder } from './encoder.ts';
import { graphBlob } from './graph-blob.ts';

/** Names of classes that close over nothing that changes. */
const lasting = new WeakMap<object, string>();

/**
 * The name under which a class arrives as the same class each time. What it closes over is part of the name as far as it
 * may change; static state is not, and is sent anew each time.
 */
export function identityOf(owner: object): string | undefined {
  if (isLoadedClass(owner)) return classIdentity(owner);
  const known = lasting.get(owner);
  if (known) return known;
  const encoder = new GraphEncoder({}, { closureOnly: true });
  try {
    const graph = encoder.finish(encoder.slot(owner, undefined, 'captured'), false);
    const name = classIdentity(owner);
    if (!encoder.constant) return `${name}:${graphBlob(graph).hash}`;
    lasting.set(owner, name);
    return name;
  } catch (error) {
    // The encoder that asks meets the same trouble, and knows the way to it.
    if (error instanceof TravelError) return undefined;
    throw error;
  }
}
