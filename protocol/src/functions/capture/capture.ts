import { Limits } from '../../limits.ts';
import { partsLength } from '../../values/parts.ts';
import type { EncodeHooks, Parts } from '../../values/port.ts';
import type { AnyFunction, Graph } from '../graph.ts';
import type { Blob } from './blob.ts';
import { nameOf } from './encode-function.ts';
import { GraphEncoder } from './encoder.ts';
import { entryOf } from './entry.ts';
import { graphBlob, graphParts } from './graph-blob.ts';
import { InspectorUnavailableError } from './inspector.ts';
import { refreshKnown } from './known.ts';
import { below, refuse } from './path.ts';
import { withDebugger } from './scripts.ts';

/** A function ready to be sent: its code and what it captured apart, so that code goes to a worker once. */
export interface FunctionImage {
  readonly name: string;
  /** What it captured, as a codec 3 value that names its sources by hash. */
  readonly graph: Blob;
  readonly sources: readonly Blob[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Task numbers of the futures that it captured. */
  readonly futures: readonly number[];
}

/** Images of functions that will never be different. */
const images = new WeakMap<AnyFunction, FunctionImage>();

/** Does ahead what the first capture has to: a few tens of milliseconds that are free while something else is awaited. */
export function prepareCapture(): void {
  try {
    // One that names nothing: the text that it stands in, which may be a bundle, is not read for it.
    withDebugger(() => entryOf(() => {}));
  } catch (error) {
    // Said when a closure is captured; functions of modules need no inspector.
    if (!(error instanceof InspectorUnavailableError)) throw error;
  }
}

/** Copies a function as it is now. One whose captures cannot change is analysed once and costs a look-up then. */
export function captureFunction(fn: AnyFunction, hooks?: EncodeHooks): FunctionImage {
  const known = images.get(fn);
  if (known) return known;
  const encoder = new GraphEncoder(hooks);
  const name = taskNameOf(fn);
  const root = encoder.slot(fn, below(undefined, name), 'captured');
  const graph = encoder.finish(root, false);
  const image = {
    name,
    graph: graphBlob(graph),
    sources: encoder.sources,
    packages: packagesOf(graph),
    futures: [...encoder.futures],
  };
  checkSizes(image);
  if (encoder.constant) images.set(fn, image);
  return image;
}

/** What its tasks are called, in as many characters as a name may have. */
function taskNameOf(fn: AnyFunction): string {
  const name = nameOf(fn) || 'anonymous';
  return name.length > Limits.textCharacters ? `${name.slice(0, Limits.textCharacters - 1)}…` : name;
}

/** Code travels as messages, and a function names the texts that it is made of. */
function checkSizes({ name, graph, sources }: FunctionImage): void {
  const { codeBytes, functionSources } = Limits;
  const path = below(undefined, name);
  if (sources.length > functionSources)
    refuse(path, `it is made of ${sources.length} functions, functionSources is ${functionSources}`);
  for (const { parts } of [graph, ...sources]) {
    const bytes = partsLength(parts);
    if (bytes > codeBytes)
      refuse(
        path,
        `it is ${bytes} bytes with what it captures, codeBytes is ${codeBytes}: scatter the large value first and capture its future`,
      );
  }
}

function packagesOf({ modules }: Graph): FunctionImage['packages'] {
  const named = modules.map(({ name, version }) => [`${name}@${version}`, { name, version }] as const);
  return [...new Map(named).values()];
}

/** A value with functions or instances in it, complete in itself. */
export function captureValue(
  value: unknown,
  hooks: EncodeHooks | undefined,
  path: string | undefined,
): Parts {
  refreshKnown();
  const encoder = new GraphEncoder(hooks, { isClosed: true });
  const root = encoder.slot(value, path === undefined ? undefined : below(undefined, path), 'argument');
  return graphParts(encoder.finish(root, true));
}
