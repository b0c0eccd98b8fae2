// A field of an object by its path, and the merge patch that sets it.

export function fieldOf(object: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return object;
  return isObject(object) ? fieldOf(object[name], rest) : undefined;
}

/** Objects are replaced, not merged: what they had and the new value has not is taken away. */
export function patchOf(before: unknown, field: readonly string[], value: unknown): object {
  const old = fieldOf(before, field);
  const gone = isObject(old) && isObject(value) ? Object.keys(old).filter((name) => !(name in value)) : [];
  const whole = isObject(value)
    ? { ...Object.fromEntries(gone.map((name) => [name, null])), ...value }
    : value;
  return field.reduceRight<unknown>((inner, name) => ({ [name]: inner }), whole) as object;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
