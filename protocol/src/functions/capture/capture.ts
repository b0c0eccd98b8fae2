import { Limits } from '../../limits.ts';
import { TravelError } from '../../values/errors.ts';
import type { Sharing } from '../../values/graph.ts';
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
import { below, type Path, refuse } from './path.ts';
import { withDebugger } from './scripts.ts';
import { type Common, commonOf } from './shared-classes.ts';

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
    graph: blobOf(graph, name),
    sources: encoder.sources,
    packages: packagesOf(graph),
    futures: [...encoder.futures],
  };
  checkSizes(image);
  if (encoder.constant) images.set(fn, image);
  return image;
}

/** Plain data is encoded with the table that holds it, whose own places, `[0] -> [3]`, say nothing to an author. */
function blobOf(graph: Graph, name: string): FunctionImage['graph'] {
  try {
    return graphBlob(graph);
  } catch (error) {
    if (!(error instanceof TravelError)) throw error;
    const named = error.path.findIndex((step) => !step.startsWith('['));
    throw new TravelError([name, ...(named < 0 ? [] : error.path.slice(named))], error.reason);
  }
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
  sharing?: Sharing,
): Parts {
  // Rows of a column follow each other: nothing is loaded in between but by a getter.
  if (sharing?.common === undefined || sharing.apart) refreshKnown();
  const at = path === undefined ? undefined : below(undefined, path);
  const row = sharing && captureRow(value, hooks, at, commonOf(sharing));
  // As it is now, before code runs that may change it.
  if (row && sharing?.apart) sharing.common?.finish();
  return row ?? captureWhole(value, hooks, at);
}

function captureWhole(value: unknown, hooks: EncodeHooks | undefined, path: Path | undefined): Parts {
  const encoder = new GraphEncoder(hooks, { isClosed: true });
  return graphParts(encoder.finish(encoder.slot(value, path, 'argument'), true));
}

/** Without what it shares with other rows; undefined when it cannot do without. Hooks hear of futures once that is known. */
function captureRow(
  value: unknown,
  hooks: EncodeHooks | undefined,
  path: Path | undefined,
  common: Common,
): Parts | undefined {
  const met: (() => void)[] = [];
  const later: EncodeHooks = {
    ...(hooks?.future && { future: (future, row) => met.push(() => hooks.future?.(future, row)) }),
    ...(hooks?.futures && { futures: (futures, row) => met.push(() => hooks.futures?.(futures, row)) }),
  };
  const encoder = new GraphEncoder(later, { isClosed: true, common });
  const graph = encoder.finish(encoder.slot(value, path, 'argument'), true);
  if (encoder.isEntangled) return undefined;
  for (const tell of met) tell();
  return graphParts(graph);
}
