/** Why a part of a value cannot leave this process without the graph codec, and what to do instead. */
export function reasonAgainst(value: unknown): string {
  if (typeof value === 'function')
    return `function ${value.name || '(anonymous)'} is code, and no codec for code is registered`;
  if (typeof value === 'symbol') return `${String(value)} is known to this process only; send a string`;
  if (typeof value !== 'object' || value === null) return `a ${typeof value} cannot be sent`;
  if (value instanceof Promise) return 'a Promise settles in this process; await it and send its value';
  if (isShared(value))
    return 'a SharedArrayBuffer is memory of this process; send a typed array over it, which is copied';
  const name = classNameOf(value);
  return name === undefined
    ? 'it has symbols as keys, or no prototype; send a plain object'
    : `${name} lives in this process`;
}

function isShared(value: object): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer;
}

/** The name of an object's class; undefined for plain objects. */
export function classNameOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || typeof prototype !== 'object') return undefined;
  const made: unknown = Reflect.get(prototype, 'constructor');
  return typeof made === 'function' && made.name !== '' ? made.name : 'an object of an unnamed class';
}
