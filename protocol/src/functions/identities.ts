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

const names = new WeakMap<object, string>();
/** Classes, and what they close over. */
const known = new Map<string, WeakRef<object>>();
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

/** The name that a class or its state came with; undefined for what is of this process. */
export function loadedIdentity(value: object): string | undefined {
  const name = names.get(value);
  return name === undefined || isOfHere(name) ? undefined : name;
}

function nextName(value: object): string {
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
  return owner && { owner, original: original && !rebuilt };
}

export function keepLoadedClass(identity: string, owner: object): void {
  names.set(owner, identity);
  remember(loadedName(identity), owner);
}

/** What was loaded under the name of a class's state. Back where it was written, a copy is a copy. */
export function findState(identity: string): object | undefined {
  return isOfHere(identity) ? undefined : known.get(loadedName(identity))?.deref();
}

export function keepLoadedState(identity: string, state: object): void {
  if (isOfHere(identity)) return;
  names.set(state, identity);
  remember(loadedName(identity), state);
}

function loadedName(identity: string): string {
  return `loaded ${identity}`;
}

function remember(key: string, value: object): void {
  known.set(key, new WeakRef(value));
  if (known.size < sweepAt) return;
  for (const [name, reference] of known) if (!reference.deref()) known.delete(name);
  sweepAt = 2 * known.size + 1_000;
}
