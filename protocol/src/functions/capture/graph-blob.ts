import type { Parts } from '../../values/port.ts';
import { writeGraph } from '../envelope.ts';
import type { Graph } from '../graph.ts';
import { type Blob, hashOf } from './blob.ts';

let writing = false;

export function graphParts(graph: Graph): Parts {
  if (writing)
    throw new Error('the table of a graph is not plain: something is taken for plain data and is none');
  writing = true;
  try {
    return writeGraph(graph);
  } finally {
    writing = false;
  }
}

export function graphBlob(graph: Graph): Blob {
  const parts = graphParts(graph);
  const [only] = parts;
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts);
  return { hash: hashOf(bytes), parts: [bytes] };
}
