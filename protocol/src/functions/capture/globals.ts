import vm from 'node:vm';

/** Names of the web and of Node that every Node has; ECMAScript's own are asked from a fresh context. */
const NODE_GLOBALS = `console process global Buffer clearImmediate setImmediate URL URLSearchParams DOMException
  AbortController AbortSignal Event EventTarget CustomEvent TextEncoder TextDecoder TransformStream
  TransformStreamDefaultController WritableStream WritableStreamDefaultController WritableStreamDefaultWriter
  ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableByteStreamController ReadableStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy
  TextEncoderStream TextDecoderStream CompressionStream DecompressionStream clearInterval clearTimeout setInterval
  setTimeout queueMicrotask structuredClone atob btoa BroadcastChannel MessageChannel MessagePort Blob File Performance
  PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  PerformanceResourceTiming performance URLPattern fetch FormData Headers Request Response MessageEvent CloseEvent
  WebSocket EventSource crypto Crypto CryptoKey SubtleCrypto Navigator navigator`;

let standard: ReadonlySet<string> | undefined;

/** Whether every worker has a global of this name. */
export function isStandardGlobal(name: string): boolean {
  standard ??= new Set([
    ...(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]),
    ...NODE_GLOBALS.split(/\s+/),
  ]);
  return standard.has(name);
}
