import { ValueError } from '../../values/errors.ts';
import type { Shared } from '../../values/graph.ts';
import type { DecodeContext } from '../../values/port.ts';
import { readGraph } from '../envelope.ts';
import type { Graph } from '../graph.ts';
import { GraphDecoder } from './decoder.ts';
import { importFile, importModule, isFileLoaded, isLoaded } from './modules.ts';

/** Imports the modules that a graph refers to; undefined when there is nothing to wait for. */
export function prepareFunction(graph: Uint8Array, context: DecodeContext): Promise<void> | undefined {
  const table = readGraph(graph, context);
  const modules = table.modules.filter((module) => module.esm && !isLoaded(module));
  const files = filesOf(table).filter((url) => !isFileLoaded(url));
  if (modules.length + files.length === 0) return undefined;
  return Promise.all([...modules.map(importModule), ...files.map(importFile)]).then(() => undefined);
}

function filesOf(table: Graph): string[] {
  return table.nodes.flatMap((node) => (node[0] === 'ref' && node[1][0] === 'file' ? [node[1][1]] : []));
}

export type Loaded = (...args: unknown[]) => unknown;

/** Rebuilds a function. Each call makes it anew, with its own copies of what it captured. */
export function loadFunction(graph: Uint8Array, context: DecodeContext): Loaded {
  const value = loadValue(graph, context);
  if (typeof value !== 'function') throw new ValueError('the bytes hold a value that is no function');
  return value as Loaded;
}

export function loadValue(graph: Uint8Array, context: DecodeContext, shared?: Shared): unknown {
  return new GraphDecoder(readGraph(graph, context), context, shared).decode();
}
