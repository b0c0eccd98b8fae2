import { findClass, loadedIdentity } from './identities.ts';

/**
 * A thrown error is described and not sent by its class, so that any language can read it and none of its code comes along. Where the
 * class is one that the client sent, its name is enough: back there it is an instance of that class again.
 */
export function classNameOf(error: Error): string | undefined {
  for (let at: unknown = prototypeOf(error); at instanceof Error; at = prototypeOf(at)) {
    const owner: unknown = Object.hasOwn(at, 'constructor') ? at.constructor : undefined;
    const name = typeof owner === 'function' && owner.prototype === at ? loadedIdentity(owner) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

export function prototypeAtHome(className: string): object | undefined {
  const found = findClass(className, false);
  if (!found?.original) return undefined;
  const prototype: unknown = Reflect.get(found.owner, 'prototype');
  return prototype instanceof Error && !hasPrivateMembers(prototype) ? prototype : undefined;
}

/** Only construction installs them: methods that ask for them would throw. */
function hasPrivateMembers(prototype: Error): boolean {
  for (let at: unknown = prototype; at instanceof Error; at = prototypeOf(at))
    if (/#[\p{ID_Start}$_]/u.test(Function.prototype.toString.call(at.constructor))) return true;
  return false;
}

function prototypeOf(value: object): unknown {
  return Object.getPrototypeOf(value);
}
