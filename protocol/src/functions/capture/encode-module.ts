import { types } from 'node:util';
import type { Slot } from '../graph.ts';
import type { GraphEncoder } from './encoder.ts';
import { lookUpKnown } from './known.ts';
import { below, type Path } from './path.ts';
import { readEntry } from './read-entry.ts';

/** Objects that stand for a module of the user's: what is not used of them stays at home. */
export function isModuleLike(value: unknown, namespace: boolean): value is object {
  if (typeof value !== 'object' || value === null || lookUpKnown(value)) return false;
  return namespace || types.isModuleNamespaceObject(value) || Reflect.get(value, '__esModule') === true;
}

/** Of an object that stands for a module, the members that are used; one partial object for one source object. */
export function encodePartialModule(
  encoder: GraphEncoder,
  value: object,
  members: ReadonlySet<string>,
  changing: ReadonlyMap<string, string> | undefined,
  path: Path,
): Slot {
  const partial = encoder.partialOf(value);
  for (const member of members) {
    if (!(member in value) || !partial.take(member)) continue;
    const inside = below(path, member);
    const key = changing?.get(member);
    if (key !== undefined) {
      const cell = encoder.cell(key, Reflect.get(value, member), inside);
      encoder.steps.push(['mirror', partial.node, member, cell, 'v']);
    } else if (!mirrorGetter(encoder, value, member, partial.node, inside)) {
      const slot = encoder.slot(Reflect.get(value, member), inside, 'captured');
      encoder.steps.push(['properties', partial.node, [member], [slot]]);
    }
  }
  return partial.node;
}

/**
 * Compilers export a variable by a getter: `() => name` where it is declared, `() => module[key]` on a copy of the
 * exports. A getter that reads a variable which changes is sent as a view of it.
 */
function mirrorGetter(
  encoder: GraphEncoder,
  value: object,
  member: string,
  node: number,
  path: Path,
): boolean {
  const get = types.isModuleNamespaceObject(value)
    ? undefined
    : Object.getOwnPropertyDescriptor(value, member)?.get;
  if (!get || lookUpKnown(get)) return false;
  const { template, values } = readEntry(get, path);
  const [first] = template.parameters;
  if (template.parameters.length === 1 && first?.kind === 'cell') {
    const cell = encoder.cell(first.key, values[0], path);
    encoder.steps.push(['mirror', node, member, cell, 'v']);
    return true;
  }
  const source = copiedFrom(values, member);
  if (!source) return false;
  const holder = encodePartialModule(encoder, source, new Set([member]), undefined, path);
  encoder.steps.push(['mirror', node, member, holder, member]);
  return true;
}

/** The exports that `() => module[key]` reads: it closes over them and the key, and nothing else. */
function copiedFrom(values: readonly unknown[], member: string): object | undefined {
  if (values.length !== 2 || !values.includes(member)) return undefined;
  return values.find((value): value is object => isModuleLike(value, true) && member in value);
}
