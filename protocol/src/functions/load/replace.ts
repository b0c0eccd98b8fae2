/** Puts other objects in the place of some, wherever plain data holds them. */
export function replaceWithin(root: object, replaced: ReadonlyMap<unknown, object>): void {
  const pending = [root];
  const seen = new Set<unknown>([...pending, ...replaced.values()]);
  const visit = (item: unknown): unknown => {
    const other = replaced.get(item);
    if (other === undefined && typeof item === 'object' && item !== null && !seen.has(item)) {
      seen.add(item);
      pending.push(item);
    }
    return other ?? item;
  };
  for (let at = pending.pop(); at; at = pending.pop()) visitItems(at, visit);
}

function visitItems(holder: object, visit: (item: unknown) => unknown): void {
  if (ArrayBuffer.isView(holder)) return;
  if (holder instanceof Map) refill(holder, [...holder].flat(), visit);
  else if (holder instanceof Set) refill(holder, [...holder], visit);
  else {
    for (const key of Object.keys(holder)) {
      const item: unknown = Reflect.get(holder, key);
      const other = visit(item);
      if (other !== item) Reflect.set(holder, key, other);
    }
  }
}

/** Entries keep their order, so all are put in again when one is another. */
function refill(
  holder: Map<unknown, unknown> | Set<unknown>,
  items: readonly unknown[],
  visit: (item: unknown) => unknown,
): void {
  const others = items.map(visit);
  if (others.every((other, index) => other === items[index])) return;
  holder.clear();
  for (let at = 0; at < others.length; at += holder instanceof Map ? 2 : 1) {
    if (holder instanceof Map) holder.set(others[at], others[at + 1]);
    else holder.add(others[at]);
  }
}
