import { TravelError } from '../../values/errors.ts';
import { joinParts } from '../../values/parts.ts';
import { encodeValue } from '../../values/value.ts';
import type { Graph } from '../graph.ts';
import { classIdentity, loadedIdentity, stateIdentity } from '../identities.ts';
import { hashOf } from './blob.ts';
import { GraphEncoder } from './encoder.ts';
import { graphBlob } from './graph-blob.ts';
import { Reach } from './reach.ts';

/** Names of classes that close over nothing that changes. */
const lasting = new WeakMap<object, string>();

export interface ClassIdentity {
  readonly name: string;
  /** What it closes over and may change, by the names under which that is the same each time. */
  readonly states: ReadonlyMap<object | string, string>;
}

/**
 * The name under which a class arrives as the same class each time. What it closes over is part of the name as far as it
 * may change; static state is not, and is sent anew each time.
 */
export function identityOf(owner: object): ClassIdentity | undefined {
  const known = loadedIdentity(owner) ?? lasting.get(owner);
  if (known) return { name: known, states: NO_STATES };
  const encoder = new GraphEncoder({}, { closureOnly: true });
  try {
    const graph = encoder.finish(encoder.slot(owner, undefined, 'captured'), false);
    const name = classIdentity(owner);
    if (!encoder.constant)
      return { name: `${name}:${graphBlob(graph).hash}`, states: statesOf(encoder, graph) };
    lasting.set(owner, name);
    return { name, states: NO_STATES };
  } catch (error) {
    // The encoder that asks meets the same trouble, and knows the way to it.
    if (error instanceof TravelError) return undefined;
    throw error;
  }
}

const NO_STATES: ClassIdentity['states'] = new Map();

/** Each has its own version, by what it holds: classes that differ in something else may share it. */
function statesOf(encoder: GraphEncoder, graph: Graph): ClassIdentity['states'] {
  const { closedOver, weak } = encoder;
  const reach = new Reach(graph, encoder.looseNodes());
  const held = [...closedOver, ...weak.map(({ value }) => [value, value] as const)];
  const named = new Map<object | string, string>();
  for (const [key, value] of held) {
    const node = encoder.indexOf(key);
    if (node === undefined && !encoder.isPlain(value)) continue;
    const version = node === undefined ? plainHash(value) : reach.hash(node);
    named.set(key, `${stateIdentity(key)}:${version}`);
  }
  return named;
}

function plainHash(value: unknown): string {
  return hashOf(joinParts(encodeValue(value)));
}
