import { types } from 'node:util';

type MakeError = (message: string, name: string) => Error;

const builtIns = new Map<
  string,
  { readonly builtIn: abstract new (...args: never[]) => Error; readonly make: MakeError }
>([
  ['AggregateError', { builtIn: AggregateError, make: (message) => new AggregateError([], message) }],
  ['EvalError', { builtIn: EvalError, make: (message) => new EvalError(message) }],
  ['RangeError', { builtIn: RangeError, make: (message) => new RangeError(message) }],
  ['ReferenceError', { builtIn: ReferenceError, make: (message) => new ReferenceError(message) }],
  ['SyntaxError', { builtIn: SyntaxError, make: (message) => new SyntaxError(message) }],
  ['TypeError', { builtIn: TypeError, make: (message) => new TypeError(message) }],
  ['URIError', { builtIn: URIError, make: (message) => new URIError(message) }],
  ['DOMException', { builtIn: DOMException, make: (message, name) => new DOMException(message, name) }],
]);

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function isForeign(error: unknown): boolean {
  return !(error instanceof Error);
}

/** The nearest class that every JavaScript has. Errors from another realm are known by their name only. */
export function builtInClassOf(error: Error): string {
  for (const [name, { builtIn }] of builtIns) if (error instanceof builtIn) return name;
  const { name } = error;
  return isForeign(error) && builtIns.has(name) ? name : 'Error';
}

/** Without a stack of this side: where nobody catches it, Node would show the line that makes it here above all else. */
export function makeError(className: string, message: string, name: string): Error {
  const make = builtIns.get(className)?.make ?? ((text) => new Error(text));
  const { stackTraceLimit } = Error;
  // Where intrinsics are frozen it stays as it is.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make(message, name);
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** Its `name`, or that of its class where the class never set one. */
export function nameOf(error: Error, builtInClass: string): string {
  const name: unknown = error.name;
  if (typeof name === 'string' && name !== builtInClass) return name;
  const made: unknown = error.constructor;
  const own = typeof made === 'function' ? made.name : '';
  return own === '' || own === NODE_INTERNAL ? builtInClass : own;
}

/** The class of errors that Node itself throws; they go by the name of its base. */
const NODE_INTERNAL = 'NodeError';
