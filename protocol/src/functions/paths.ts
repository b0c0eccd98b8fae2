import { HIDDEN_INTRINSICS } from './hidden.ts';

/** One step of a path: a property by name, `@@name` for a well-known symbol, `get name` and `set name` for accessors. */
export function stepName(key: string | symbol): string | undefined {
  if (typeof key === 'string') return key;
  const description = key.description;
  return description?.startsWith('Symbol.') ? `@@${description.slice('Symbol.'.length)}` : undefined;
}

function keyOf(step: string): string | symbol {
  return step.startsWith('@@') ? (Reflect.get(Symbol, step.slice(2)) as symbol) : step;
}

/** Follows a path; undefined when a step leads nowhere. */
export function follow(root: unknown, path: readonly string[]): unknown {
  let at = root;
  for (const step of path) {
    if (at === null || at === undefined) return undefined;
    const accessor = /^([gs]et) (.+)$/.exec(step);
    at = accessor
      ? Object.getOwnPropertyDescriptor(at, keyOf(accessor[2]!))?.[accessor[1] as 'get' | 'set']
      : Reflect.get(Object(at) as object, keyOf(step));
  }
  return at;
}

export function globalAt(path: readonly string[]): unknown {
  const [first = '', ...rest] = path;
  const hidden = HIDDEN_INTRINSICS.get(first);
  return hidden ? follow(hidden(), rest) : follow(globalThis, path);
}
