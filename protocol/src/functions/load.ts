/** The side that runs functions: rebuilds them from bytes. It loads the parser and the inspector only to send one itself. */
import { createRequire } from 'node:module';
import { type GraphCodec, registerGraphCodec } from '../values/graph.ts';
import { loadValue } from './load/load.ts';

type Capture = { captureValue: GraphCodec['encode'] };

let capture: Capture | undefined;

/** Results that hold functions or instances are rare on a worker, and encoding is synchronous. */
function requireCapture(): Capture {
  const file = import.meta.url.endsWith('.ts') ? './capture/capture.ts' : './capture/capture.js';
  capture ??= createRequire(import.meta.url)(file) as Capture;
  return capture;
}

registerGraphCodec({
  encode: (value, hooks, path) => requireCapture().captureValue(value, hooks, path),
  decode: loadValue,
});

export { ModuleMissingError } from './load/errors.ts';
export { type Loaded, loadFunction, prepareFunction } from './load/load.ts';
