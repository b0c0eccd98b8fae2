/** The side that sends functions, and the codec for values with identity. */
import { captureValue } from './capture/capture.ts';
import { provideCapture } from './codec.ts';

provideCapture({ captureValue });

export type { Blob } from './capture/blob.ts';
export { captureFunction, type FunctionImage, prepareCapture } from './capture/capture.ts';
export { fromModule } from './capture/from-module.ts';
export { InspectorUnavailableError } from './capture/inspector.ts';
export type { AnyFunction } from './graph.ts';
export { ModuleMissingError } from './load/errors.ts';
export { type Loaded, loadFunction, prepareFunction } from './load/load.ts';
