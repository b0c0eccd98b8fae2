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

/**
 * Globals that Node loads when they are first read, by the module of its own that has been loaded then: asking for their
 * descriptor loads them too, which takes tens of milliseconds.
 */
const LAZY_GLOBALS: ReadonlyMap<string, string> = new Map([
  ...[
    'FormData',
    'Headers',
    'Request',
    'Response',
    'MessageEvent',
    'CloseEvent',
    'WebSocket',
    'EventSource',
  ].map((name) => [name, 'internal/deps/undici/undici'] as const),
  ...['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto'].map(
    (name) => [name, 'internal/crypto/webcrypto'] as const,
  ),
  ...['navigator', 'Navigator'].map((name) => [name, 'internal/navigator'] as const),
]);

/** A global, unless it is one that nobody has read. */
export function readGlobal(name: string, loads: readonly string[]): unknown {
  const module = LAZY_GLOBALS.get(name);
  return module && !loads.includes(`NativeModule ${module}`) ? undefined : Reflect.get(globalThis, name);
}

let standard: ReadonlySet<string> | undefined;

/** Whether every worker has a global of this name. */
export function isStandardGlobal(name: string): boolean {
  standard ??= new Set([
    ...(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]),
    ...NODE_GLOBALS.split(/\s+/),
  ]);
  return standard.has(name);
}
