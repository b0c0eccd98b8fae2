import { types } from 'node:util';
import type { ClassShape } from '../syntax/class-edits.ts';
import { prototypeSlot } from './encode-object.ts';
import { encodeProperties, flagsOf } from './encode-properties.ts';
import type { GraphEncoder } from './encoder.ts';
import { below, type Path } from './path.ts';

/** Sends what an author did to a function's `prototype`: what it inherits from, what was added, or that it is another object. */
export function encodePrototype(
  encoder: GraphEncoder,
  fn: object,
  node: number,
  shape: ClassShape | undefined,
  path: Path,
): void {
  const property = Object.getOwnPropertyDescriptor(fn, 'prototype');
  const prototype: unknown = property?.value;
  if (!property || typeof prototype !== 'object' || prototype === null) return;
  const at = below(path, 'prototype');
  if (!shape && !types.isGeneratorFunction(fn) && constructorOf(prototype) !== fn) {
    const slot = prototypeSlot(encoder, prototype, at);
    encoder.steps.push(['define', node, ['prototype'], flagsOf(property), slot]);
    return;
  }
  const place = () => encoder.shared(prototype, () => ['prototype', node]);
  if (!inheritsAsMade(fn, prototype, shape)) {
    const parent = Object.getPrototypeOf(prototype) as object | null;
    encoder.steps.push(['prototype', place(), prototypeSlot(encoder, parent, at)]);
  }
  const added = new Set(Reflect.ownKeys(prototype).filter((key) => !isAsMade(fn, prototype, key, shape)));
  if (added.size > 0) encodeProperties(encoder, prototype, place(), at, 'captured', (key) => !added.has(key));
}

/** Sends what a function inherits static members from, when that is not what its text says. */
export function encodeParent(
  encoder: GraphEncoder,
  fn: object,
  node: number,
  shape: ClassShape | undefined,
  path: Path,
): void {
  const parent = Object.getPrototypeOf(fn) as object | null;
  if (shape?.derived || isIntrinsic(parent, /Function$/)) return;
  encoder.steps.push(['prototype', node, prototypeSlot(encoder, parent, path)]);
}

function inheritsAsMade(fn: object, prototype: object, shape: ClassShape | undefined): boolean {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  if (types.isGeneratorFunction(fn) || isIntrinsic(parent, /^Object$/)) return true;
  const base = shape?.derived ? (Object.getPrototypeOf(fn) as object) : undefined;
  return base !== undefined && (parent === null || parent === Reflect.get(base, 'prototype'));
}

/** Whether it is the prototype of a class of the runtime, of whatever realm. */
function isIntrinsic(prototype: object | null, name: RegExp): boolean {
  const owner = prototype && constructorOf(prototype);
  return (
    typeof owner === 'function' && name.test(owner.name) && owner.prototype === prototype && isNative(owner)
  );
}

export function isNative(fn: object): boolean {
  return Function.prototype.toString.call(fn).endsWith('{ [native code] }');
}

function constructorOf(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

function isAsMade(
  fn: object,
  prototype: object,
  key: string | symbol,
  shape: ClassShape | undefined,
): boolean {
  const property = Object.getOwnPropertyDescriptor(prototype, key);
  if (key === 'constructor') return property?.value === fn && !property.enumerable;
  return shape !== undefined && hasItsText(fn, property);
}

/** Whether a property is a method or accessor as the class's own text makes it: not one that a decorator or a patch put there. */
export function hasItsText(fn: object, descriptor: PropertyDescriptor | undefined): boolean {
  const { value, get, set, enumerable } = descriptor ?? {};
  const text = Function.prototype.toString;
  const codes: unknown[] = [value, get, set].filter((code) => code !== undefined);
  const whole = text.call(fn);
  return (
    enumerable === false &&
    codes.length > 0 &&
    codes.every((code) => typeof code === 'function' && whole.includes(text.call(code)))
  );
}
