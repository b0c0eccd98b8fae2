import type { AnyFunction, Slot } from '../graph.ts';
import { analyse } from '../syntax/analyse.ts';
import { type ClassShape, needsDoor } from '../syntax/class-edits.ts';
import type { GraphEncoder } from './encoder.ts';
import { viewPrivateFields } from './inspector.ts';
import { lookUpKnown } from './known.ts';
import { packageOfUrl } from './packages.ts';
import { below, type Path, refuse } from './path.ts';
import { readEntry } from './read-entry.ts';

/** What an instance has of its classes' construction. */
export interface Stamped {
  /** The class at the bottom of the chain, when making the object is up to it. */
  readonly base: Slot | undefined;
  /** Properties that construction gives it again. */
  readonly arrows: ReadonlySet<string>;
}

const NOTHING: Stamped = { base: undefined, arrows: new Set() };

/** Sends the private fields of an object and leaves out arrow functions that its construction makes. */
export function stampPrivate(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
): Stamped {
  const classes = doorClasses(value, path);
  if (classes.length === 0) return NOTHING;
  const hasPrivate = classes.some(({ shape }) => shape.privateFields.length > 0);
  const fields = hasPrivate ? viewPrivateFields(value) : [];
  const arrows = new Set<string>();
  let base: Slot | undefined;
  let at = 0;
  for (const { owner, shape } of classes) {
    const slot = encoder.slot(owner, path, 'captured');
    const values: Slot[] = [];
    for (const name of shape.privateFields) {
      const field = fields[at++];
      if (field?.name !== name) refuse(path, `the private field ${name} of ${owner.name} cannot be read`);
      if (!shape.arrowFields.has(name)) values.push(encoder.slot(field.value, below(path, name), 'captured'));
      else if (!isArrow(shape.arrowFields, name, field.value))
        refuse(below(path, name), 'its arrow function was replaced by another');
    }
    for (const name of shape.arrowFields.keys())
      if (isArrow(shape.arrowFields, name, Object.getOwnPropertyDescriptor(value, name)?.value))
        arrows.add(name);
    encoder.steps.push(['private', node, slot, shape.derived, values]);
    if (!shape.derived) base = slot;
  }
  return { base, arrows };
}

/** Sends the private static fields of a class. */
export function encodePrivateStatics(
  encoder: GraphEncoder,
  owner: object,
  node: number,
  names: readonly string[],
  path: Path,
): void {
  if (names.length === 0) return;
  encoder.constant = false;
  const fields = new Map(viewPrivateFields(owner).map(({ name, value }) => [name, value]));
  const values = names.map((name) => encoder.slot(fields.get(name), below(path, name), 'captured'));
  encoder.steps.push(['private', node, node, false, values]);
}

/** Whether a property still holds the arrow function that its class gives it. */
export function isArrow(arrows: ReadonlyMap<string, string>, name: string, value: unknown): boolean {
  return typeof value === 'function' && Function.prototype.toString.call(value) === arrows.get(name);
}

interface DoorClass {
  readonly owner: AnyFunction;
  readonly shape: ClassShape;
}

/** Classes of the user's in the prototype chain whose instances need their construction, the base first. */
function doorClasses(value: object, path: Path | undefined): DoorClass[] {
  const classes: DoorClass[] = [];
  let at: object | null = Object.getPrototypeOf(value);
  for (; at && !isOfRuntime(at); at = Object.getPrototypeOf(at)) {
    const owner: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof owner !== 'function' || owner.prototype !== at) continue;
    const text = Function.prototype.toString.call(owner);
    if (!text.startsWith('class')) continue;
    const known = lookUpKnown(owner) ?? lookUpKnown(at);
    const template = known ? undefined : readEntry(owner, below(path, owner.name || 'class')).template;
    const named = known?.root === 'module' ? known.module.name : packageOfUrl(template?.url);
    if (named !== undefined) refusePrivate(owner.name, named, text, path);
    const shape = template?.shape;
    if (shape && needsDoor(shape)) classes.unshift({ owner: owner as AnyFunction, shape });
  }
  return classes;
}

function isOfRuntime(prototype: object): boolean {
  const known = lookUpKnown(prototype);
  return known !== undefined && known.root !== 'module';
}

/**
 * A package's class goes by name as soon as a function has named it, and no door is in what is loaded there. Whether one
 * has is not to decide if an instance travels.
 */
function refusePrivate(name: string, named: string, text: string, path: Path | undefined): void {
  const shape = text.includes('#') ? analyse(text)?.shape : undefined;
  if (!shape || (shape.privateFields.length === 0 && !shape.privateMethods)) return;
  const what = `${name || 'its class'} of the package ${named} has private fields, which only its own code can fill`;
  refuse(path, `${what}: make it in the task`);
}
