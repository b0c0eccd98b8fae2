import { createRequire } from 'node:module';
import { type GraphCodec, registerGraphCodec } from '../values/graph.ts';
import { classNameOf, prototypeAtHome } from './error-homes.ts';
import { loadValue } from './load/load.ts';

interface Capture {
  readonly captureValue: GraphCodec['encode'];
}

let capture: Capture | undefined;

/** Gives the codec its sending half, which the running side has no need of until a result holds a function. */
export function provideCapture(provided: Capture): void {
  capture = provided;
}

/** Encoding is synchronous, so the parser and the inspector are loaded as `require` does. A bundle provides them instead. */
function requireCapture(): Capture {
  const file = import.meta.url.endsWith('.ts') ? './capture/capture.ts' : './capture/capture.js';
  return createRequire(import.meta.url)(file) as Capture;
}

registerGraphCodec({
  encode(value, hooks, path, sharing) {
    capture ??= requireCapture();
    return capture.captureValue(value, hooks, path, sharing);
  },
  decode: loadValue,
  classNameOf,
  prototypeAtHome,
});
