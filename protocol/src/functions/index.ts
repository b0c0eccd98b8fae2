/** The side that sends functions, and the codec for values with identity. */
import { registerGraphCodec } from '../values/graph.ts';
import { captureValue } from './capture/capture.ts';
import { loadValue } from './load/load.ts';

registerGraphCodec({ encode: captureValue, decode: loadValue });

export type { Blob } from './capture/blob.ts';
export { captureFunction, type FunctionImage, prepareCapture } from './capture/capture.ts';
export { fromModule } from './capture/from-module.ts';
export { InspectorUnavailableError } from './capture/inspector.ts';
export type { AnyFunction } from './graph.ts';
export { ModuleMissingError } from './load/errors.ts';
export { type Loaded, loadFunction, prepareFunction } from './load/load.ts';
