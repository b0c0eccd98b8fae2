import type { Slot, Step } from '../graph.ts';
import { fillPrivate, stamp } from './hollow.ts';

type Value = (slot: Slot) => unknown;

/** Fills what the nodes made. */
export function applyStep(step: Step, value: Value): void {
  const node = value(step[1]) as object;
  switch (step[0]) {
    case 'prototype':
      Object.setPrototypeOf(node, value(step[2]) as object | null);
      return;
    case 'properties':
      for (const [index, key] of step[2].entries()) setProperty(node, key, value(step[3][index] ?? NOTHING));
      return;
    case 'define':
      Object.defineProperty(node, value(step[2]) as PropertyKey, {
        ...flags(step[3]),
        writable: (step[3] & WRITABLE) !== 0,
        value: value(step[4]),
      });
      return;
    case 'accessor':
      Object.defineProperty(node, value(step[2]) as PropertyKey, {
        ...flags(step[3]),
        ...functionsOf(value(step[4]), value(step[5])),
      });
      return;
    case 'mirror': {
      const [, , key, holder, holderKey] = step;
      mirror(node, key, value(holder) as object, holderKey);
      return;
    }
    case 'entries':
      addEntries(node, step[2].map(value));
      return;
    case 'private': {
      const owner = value(step[2]) as new () => object;
      if (step[3]) stamp(owner, node);
      fillPrivate(owner, node, step[4].map(value));
      return;
    }
    case 'seal':
      seal(node, step[2]);
  }
}

function functionsOf(get: unknown, set: unknown): PropertyDescriptor {
  return {
    ...(get ? { get: get as () => unknown } : undefined),
    ...(set ? { set: set as (value: unknown) => void } : undefined),
  };
}

function mirror(node: object, key: string, holder: object, holderKey: string): void {
  Object.defineProperty(node, key, {
    enumerable: true,
    configurable: true,
    get: () => Reflect.get(holder, holderKey) as unknown,
  });
}

const NOTHING: Slot = [undefined];
const WRITABLE = 1;
const ENUMERABLE = 2;
const CONFIGURABLE = 4;

function flags(bits: number): { enumerable: boolean; configurable: boolean } {
  return { enumerable: (bits & ENUMERABLE) !== 0, configurable: (bits & CONFIGURABLE) !== 0 };
}

/** Defines rather than assigns: a setter of a class must not run, nor a read-only property above stand in the way. */
function setProperty(node: object, key: string | number, value: unknown): void {
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}

function seal(node: object, level: 'frozen' | 'sealed' | 'fixed'): void {
  if (level === 'frozen') Object.freeze(node);
  else if (level === 'sealed') Object.seal(node);
  else Object.preventExtensions(node);
}

/** Subclasses may have their own `set` and `add`: these fill as the runtime does. */
function addEntries(node: object, entries: readonly unknown[]): void {
  if (node instanceof Set) for (const item of entries) Set.prototype.add.call(node, item);
  else if (node instanceof WeakSet)
    for (const item of entries) WeakSet.prototype.add.call(node, item as WeakKey);
  else {
    for (let at = 0; at < entries.length; at += 2) {
      const [key, item] = [entries[at], entries[at + 1]];
      if (node instanceof Map) Map.prototype.set.call(node, key, item);
      else WeakMap.prototype.set.call(node as WeakMap<WeakKey, unknown>, key as WeakKey, item);
    }
  }
}
