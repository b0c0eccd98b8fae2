/**
 * Classes keep their identity, so that `instanceof` holds between what arrives in different messages.
 *
 * 1. A class is named after the process that wrote it, `process.serial`, wherever it goes and comes from.
 * 2. A loaded class serves all that arrives under its name; one whose closure differs has another version of the name.
 * 3. So does an object or a variable that classes close over: they and the functions that come after go on sharing it.
 * 4. Back in its own process a name stands for the class itself, unless only construction could rebuild its instances.
 */
let madeUp: string | undefined;
/** The name of this process; most never need one, nor what makes it up. */
function here(): string {
  madeUp ??= process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex');
  return madeUp;
}

const names = new WeakMap<WeakKey, string>();
/** Classes, what they close over, and symbols. */
const known = new Map<string, WeakRef<WeakKey>>();
let serial = 0;
let sweepAt = 1_000;

/** The name of a class, without the version of its closure; what was loaded keeps the name it came with. */
export function classIdentity(owner: object): string {
  const name = names.get(owner) ?? nextName(owner);
  if (isOfHere(name)) remember(name, owner);
  return name;
}

/** The name of what a class closes over, without the version of its content: an object, or a variable by its key. */
export function stateIdentity(state: object | string): string {
  if (typeof state === 'string') return `${here()}.${state}`;
  return names.get(state) ?? nextName(state);
}

export function symbolIdentity(symbol: symbol): string {
  const name = names.get(symbol) ?? nextName(symbol);
  if (isOfHere(name)) remember(name, symbol);
  return name;
}

/** The symbol that a name stands for here: where it was made, the one that it was made for. */
export function symbolOf(identity: string, description: string | undefined): symbol {
  const key = isOfHere(identity) ? identity : loadedName(identity);
  const found = known.get(key)?.deref();
  if (typeof found === 'symbol') return found;
  const made = Symbol(description);
  names.set(made, identity);
  remember(key, made);
  return made;
}

/** The name that a class or its state came with; undefined for what is of this process. */
export function loadedIdentity(value: object): string | undefined {
  const name = names.get(value);
  return name === undefined || isOfHere(name) ? undefined : name;
}

function nextName(value: WeakKey): string {
  serial += 1;
  const name = `${here()}.${serial}`;
  names.set(value, name);
  return name;
}

function isOfHere(name: string): boolean {
  return name.startsWith(`${here()}.`);
}

export interface FoundClass {
  readonly owner: object;
  /** It is the one that the name was made for: nothing that arrives changes it. */
  readonly original: boolean;
}

/** The class that a name stands for here. `rebuilt` when instances need the text that was sent. */
export function findClass(identity: string, rebuilt: boolean): FoundClass | undefined {
  const original = isOfHere(identity);
  const [name = ''] = identity.split(':');
  const owner = known.get(original && !rebuilt ? name : loadedName(identity))?.deref();
  return typeof owner === 'function' ? { owner, original: original && !rebuilt } : undefined;
}

export function keepLoadedClass(identity: string, owner: object): void {
  names.set(owner, identity);
  remember(loadedName(identity), owner);
}

/** What was loaded under the name of a class's state. Back where it was written, a copy is a copy. */
export function findState(identity: string): object | undefined {
  const found = isOfHere(identity) ? undefined : known.get(loadedName(identity))?.deref();
  return typeof found === 'object' ? found : undefined;
}

export function keepLoadedState(identity: string, state: object): void {
  if (isOfHere(identity)) return;
  names.set(state, identity);
  remember(loadedName(identity), state);
}

function loadedName(identity: string): string {
  return `loaded ${identity}`;
}

function remember(key: string, value: WeakKey): void {
  known.set(key, new WeakRef(value));
  if (known.size < sweepAt) return;
  for (const [name, reference] of known) if (!reference.deref()) known.delete(name);
  sweepAt = 2 * known.size + 1_000;
}
