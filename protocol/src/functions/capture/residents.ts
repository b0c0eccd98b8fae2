import { types } from 'node:util';
import { findLazyExport, type Known, lookUpKnown } from './known.ts';

/** Classes of the runtime whose instances keep their state in ordinary properties. */
const OPEN_CLASSES = new Set([
  'Object',
  'Function',
  'Array',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'events',
  'EventEmitter',
  'module',
]);
const KINDS: readonly (readonly [is: (value: object) => boolean, reason: string])[] = [
  [types.isPromise, 'a Promise lives in this process: await it first'],
  [types.isGeneratorObject, 'a running generator lives in this process: send what it yields'],
  [types.isMapIterator, 'an iterator lives in this process: send the collection'],
  [types.isSetIterator, 'an iterator lives in this process: send the collection'],
  [types.isSymbolObject, 'a boxed Symbol lives in this process: send Symbol.for(key)'],
  [types.isExternal, 'a native handle lives in this process'],
  [types.isSharedArrayBuffer, 'a SharedArrayBuffer is memory of this process: send a copy of its bytes'],
  [types.isCryptoKey, 'a CryptoKey lives in this process: send the exported key'],
  [types.isKeyObject, 'a KeyObject lives in this process: send the exported key'],
];

/** What to send instead of an instance of these. */
const INSTEAD: { readonly [name: string]: string } = {
  Blob: 'send its bytes, await blob.arrayBuffer()',
  File: 'send its bytes, await file.arrayBuffer()',
  Request: 'send its URL and let the task fetch it',
  Response: 'send its bytes, await response.arrayBuffer()',
  FormData: 'send its entries, [...form]',
  WeakRef: 'send what it refers to, ref.deref()',
  AbortSignal: 'cancel the future of the task instead',
  AbortController: 'cancel the future of the task instead',
  'async_hooks.AsyncLocalStorage': 'make one in the task, with context().once',
  'WebAssembly.Module': 'send the bytes that it is compiled from',
};

/** Why an object cannot leave the process; undefined when it can. */
export function reasonToStay(value: object): string | undefined {
  const kind = KINDS.find(([is]) => is(value));
  if (kind) return kind[1];
  if (hasSlots(value)) return undefined;
  for (let at: object | null = Object.getPrototypeOf(value); at; at = Object.getPrototypeOf(at)) {
    const name = runtimeClass(at);
    if (name?.endsWith('IteratorPrototype%'))
      return 'an iterator lives in this process: send what it gives, [...it]';
    if (name)
      return `${name} lives in this process${Object.hasOwn(INSTEAD, name) ? `: ${INSTEAD[name]}` : ''}`;
  }
  return undefined;
}

/** Kinds that the encoder rebuilds from their slots, whatever their class. */
function hasSlots(value: object): boolean {
  return (
    Array.isArray(value) ||
    types.isNativeError(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isModuleNamespaceObject(value)
  );
}

const asked = new WeakSet<object>();

/** A class that Node exports by a getter is known by its own name. Each is asked for once. */
function lateKnown(prototype: object): Known | undefined {
  if (asked.has(prototype)) return undefined;
  asked.add(prototype);
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof owner !== 'function' || owner.name === '' || !findLazyExport(owner, owner.name))
    return undefined;
  return lookUpKnown(prototype);
}

/** The name of a class of the runtime's own by its prototype; undefined for open classes, packages and the user's. */
function runtimeClass(prototype: object): string | undefined {
  const known = lookUpKnown(prototype) ?? lateKnown(prototype);
  if (!known || known.root === 'module') return undefined;
  const [owner = ''] = known.path;
  const name = known.path.filter((step) => step !== 'prototype').join('.');
  if (known.root === 'global') return OPEN_CLASSES.has(owner) ? undefined : name;
  return OPEN_CLASSES.has(known.id) ? undefined : [known.id, name].filter(Boolean).join('.');
}
