/**
 * Classes keep their identity, so that `instanceof` holds between what arrives in different messages.
 *
 * 1. A class is named after the process that wrote it, `process.serial`, wherever it goes and comes from.
 * 2. A loaded class serves all that arrives under its name; one whose closure differs has another version of the name.
 * 3. Back in its own process a name stands for the class itself, unless only construction could rebuild its instances.
 */
let madeUp: string | undefined;
/** The name of this process; most never need one, nor what makes it up. */
function here(): string {
  madeUp ??= process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex');
  return madeUp;
}

const names = new WeakMap<object, string>();
const classes = new Map<string, WeakRef<object>>();
let serial = 0;
let sweepAt = 1_000;

/** The name of a class, without the version of its closure; what was loaded keeps the name it came with. */
export function classIdentity(owner: object): string {
  const known = names.get(owner);
  if (known) return known;
  serial += 1;
  const name = `${here()}.${serial}`;
  rememberClass(name, owner);
  return name;
}

export function isLoadedClass(owner: object): boolean {
  return names.get(owner)?.startsWith(`${here()}.`) === false;
}

export interface FoundClass {
  readonly owner: object;
  /** It is the one that the name was made for: nothing that arrives changes it. */
  readonly original: boolean;
}

/** The class that a name stands for here. `rebuilt` when instances need the text that was sent. */
export function findClass(identity: string, rebuilt: boolean): FoundClass | undefined {
  const original = identity.startsWith(`${here()}.`);
  const [name = ''] = identity.split(':');
  const owner = classes.get(original && !rebuilt ? name : loadedName(identity))?.deref();
  return owner && { owner, original: original && !rebuilt };
}

export function keepLoadedClass(identity: string, owner: object): void {
  names.set(owner, identity);
  remember(loadedName(identity), owner);
}

function loadedName(identity: string): string {
  return `loaded ${identity}`;
}

function rememberClass(name: string, owner: object): void {
  names.set(owner, name);
  remember(name, owner);
}

function remember(key: string, owner: object): void {
  classes.set(key, new WeakRef(owner));
  if (classes.size < sweepAt) return;
  for (const [name, reference] of classes) if (!reference.deref()) classes.delete(name);
  sweepAt = 2 * classes.size + 1_000;
}
