import { decodeValue, encodeValue, joinParts } from './index.ts';
import type { DecodeContext, EncodeHooks, FutureLike, FuturesLike } from './port.ts';
import { FUTURE, FUTURES } from './port.ts';

/** What the tests of this folder share. Not exported from the package. */

export function roundTrip(value: unknown, context?: DecodeContext, hooks?: EncodeHooks): unknown {
  return decodeValue(joinParts(encodeValue(value, hooks)), context);
}

export function codecOf(value: unknown): number {
  return joinParts(encodeValue(value))[0]! & 0x7f;
}

export function future(task: number): FutureLike {
  return { [FUTURE]: task };
}

export function futures(first: number, count: number): FuturesLike {
  return { [FUTURES]: { first, count } };
}

/** Resolves a task to its name and remembers which were asked for. */
export function resolver(): { context: DecodeContext; asked: number[] } {
  const asked: number[] = [];
  const resolve = (task: number): unknown => {
    asked.push(task);
    return `value of ${task}`;
  };
  return { context: { resolve }, asked };
}

/** Hooks that write down what they hear. */
export function listener(): { hooks: EncodeHooks; heard: string[] } {
  const heard: string[] = [];
  const hooks: EncodeHooks = {
    future: (each, row) => heard.push(`row ${row}: ${each[FUTURE]}`),
    futures: (each, row) => heard.push(`row ${row}: ${each[FUTURES].first} + ${each[FUTURES].count}`),
  };
  return { hooks, heard };
}

/** A value as text in which an object that was met before is its number: equal texts, equal graphs. */
export function canonical(value: unknown): string {
  const numbers = new Map<object, number>();
  const text = (part: unknown): string => {
    if (typeof part !== 'object' || part === null) return `${typeof part}:${String(part)}`;
    const known = numbers.get(part);
    if (known !== undefined) return `#${known}`;
    numbers.set(part, numbers.size);
    if (part instanceof Map)
      return `Map(${[...part].map(([key, item]) => `${text(key)}=>${text(item)}`).join()})`;
    if (part instanceof Set) return `Set(${[...part].map(text).join()})`;
    const entries = Object.entries(part).map(([key, item]) => `${key}:${text(item)}`);
    return `${Array.isArray(part) ? 'Array' : 'Object'}(${entries.join()})`;
  };
  return text(value);
}
