import { ValueError } from '../values/errors.ts';
import { Codec, type DecodeContext, type Parts } from '../values/port.ts';
import { decodeValue, encodeValue } from '../values/value.ts';
import type { Graph } from './graph.ts';

/**
 * A graph as bytes: u8 codec 3, u8 length of what follows until the table (padding, so that the table's buffers keep
 * their alignment), the table as a plain value.
 */
const PADDED = 16;

export function writeGraph(graph: Graph): Parts {
  const { nodes, steps, root, sources, modules, states } = graph;
  const table = encodeValue([nodes, steps, root, sources, modules, states]);
  const [first, ...rest] = table;
  if (table.length === 1 && first && first[0]! < 0x80) {
    const bytes = new Uint8Array(2 + first.byteLength);
    bytes[0] = Codec.graph;
    bytes.set(first, 2);
    return [bytes];
  }
  const header = new Uint8Array(PADDED);
  header[0] = Codec.graph;
  header[1] = PADDED - 2;
  return [header, ...(first ? [first] : []), ...rest];
}

export function readGraph(bytes: Uint8Array, context: DecodeContext): Graph {
  if (bytes[0] !== Codec.graph) throw new ValueError(`codec ${bytes[0]} holds no function`);
  const table = decodeValue(bytes.subarray(2 + (bytes[1] ?? 0)), context);
  if (!Array.isArray(table) || table.length < 5)
    throw new ValueError('a function is damaged: its table cannot be read');
  const [nodes, steps, root, sources, modules, states = []] = table as [
    Graph['nodes'],
    Graph['steps'],
    Graph['root'],
    Graph['sources'],
    Graph['modules'],
    Graph['states']?,
  ];
  return { nodes, steps, root, sources, modules, states };
}
