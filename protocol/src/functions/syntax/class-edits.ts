import type { Class, MethodDefinition, Node, PropertyDefinition } from 'acorn';
import { type Edit, lineEnds } from './edit.ts';

/** What the loader must know to rebuild a class and its instances; see `hollow.ts` on its side. */
export interface ClassShape {
  readonly derived: boolean;
  /** Private instance fields in their order, with the `#`. */
  readonly privateFields: readonly string[];
  /** Private methods or accessors, which only construction gives to an instance. */
  readonly privateMethods: boolean;
  /** Private static fields, likewise. */
  readonly privateStatics: readonly string[];
  /** Fields whose value is an arrow function, which is bound to its instance: the text of the arrow. */
  readonly arrowFields: ReadonlyMap<string, string>;
  readonly arrowStatics: ReadonlyMap<string, string>;
}

export interface ClassEdits {
  readonly shape: ClassShape;
  readonly edits: readonly Edit[];
  readonly cut: ReadonlySet<Node>;
  /** Expressions in brackets that name members: they are read when the class is made, where it is made. */
  readonly keys: readonly Range[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Prepares a class for another process. Static state is sent as values, so its initialisers are cut. A class whose
 * instances have what only construction gives (private fields, arrows that hold `this`) gets a door: while
 * `__hollow.on`, construction runs no code of the user's and leaves fields empty but for the arrows, and the static method
 * under `__hollow.key` fills the private ones, of an instance or of the class.
 */
export function classEdits(node: Class, source: string): ClassEdits {
  const cut = new Set<Node>();
  const edits: Edit[] = [];
  if (node.superClass) {
    cut.add(node.superClass);
    const apart = /\w/.test(source.charAt(node.superClass.start - 1)) ? ' ' : '';
    edits.push({ ...range(node.superClass), text: `${apart}__super` });
  }
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') {
      cut.add(member);
      // It ends the field before it, which may have no semicolon.
      edits.push({ ...range(member), text: `;${lineEnds(source, member.start, member.end)}` });
    } else if (
      member.type === 'PropertyDefinition' &&
      member.static &&
      member.value &&
      !arrowOf(member, source)
    ) {
      cut.add(member.value);
      edits.push({
        ...range(member.value),
        text: `void 0${lineEnds(source, member.value.start, member.value.end)}`,
      });
    }
  }
  const shape = shapeOf(node, source);
  const hasDoor = source.includes('static [__hollow.key]');
  if (needsDoor(shape) && !hasDoor) edits.push(...doorEdits(node, source, shape));
  const keys = node.body.body.flatMap((member) =>
    member.type !== 'StaticBlock' && member.computed ? [range(member.key)] : [],
  );
  return { shape, edits, cut, keys };
}

function range(node: Node): Range {
  return { start: node.start, end: node.end };
}

function shapeOf(node: Class, source: string): ClassShape {
  const privateFields: string[] = [];
  const arrowFields = new Map<string, string>();
  const privateStatics: string[] = [];
  const arrowStatics = new Map<string, string>();
  let privateMethods = false;
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') continue;
    const { key } = member;
    const arrow = arrowOf(member, source);
    if (arrow) (member.static ? arrowStatics : arrowFields).set(...arrow);
    if (member.static) {
      if (member.type === 'PropertyDefinition' && key.type === 'PrivateIdentifier' && !arrow)
        privateStatics.push(`#${key.name}`);
      continue;
    }
    if (key.type === 'PrivateIdentifier') {
      if (member.type === 'PropertyDefinition') privateFields.push(`#${key.name}`);
      else privateMethods = true;
    }
  }
  return {
    derived: Boolean(node.superClass),
    privateFields,
    privateMethods,
    privateStatics,
    arrowFields,
    arrowStatics,
  };
}

/** The name and the text of a field's arrow function; esbuild wraps it in a helper that names it. */
function arrowOf(
  member: PropertyDefinition | MethodDefinition,
  source: string,
): [string, string] | undefined {
  const { key, value } = member;
  const named = value?.type === 'CallExpression' && source.startsWith('__name(', value.start);
  const arrow = named ? value.arguments[0] : value;
  if (member.computed || arrow?.type !== 'ArrowFunctionExpression') return undefined;
  const name = key.type === 'PrivateIdentifier' ? `#${key.name}` : key.type === 'Identifier' ? key.name : '';
  return [name, source.slice(arrow.start, arrow.end)];
}

/** Whether the class, or its instances, have what only code inside the class can give. */
export function needsDoor(shape: ClassShape): boolean {
  const { privateFields, privateMethods, privateStatics, arrowFields } = shape;
  return privateMethods || privateFields.length + privateStatics.length + arrowFields.size > 0;
}

function doorEdits(node: Class, source: string, shape: ClassShape): Edit[] {
  const edits: Edit[] = [];
  for (const member of node.body.body) {
    if (member.type === 'PropertyDefinition' && !member.static && member.value && !arrowOf(member, source)) {
      edits.push(insert(member.value.start, '__hollow.on?void 0:('), insert(member.value.end, ')'));
    } else if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      edits.push(...constructorEdits(member, source, shape.derived));
    }
  }
  const filled = shape.privateFields.filter((name) => !shape.arrowFields.has(name));
  const fill = assignments('o', filled);
  const fillStatic = assignments('this', shape.privateStatics);
  edits.push(
    insert(node.body.end - 1, `;static [__hollow.key](o,v){if(o===this){${fillStatic}}else{${fill}}}`),
  );
  return edits;
}

function assignments(holder: string, names: readonly string[]): string {
  return names.map((name, index) => `${holder}.${name}=v[${index}]`).join(';');
}

function insert(at: number, text: string): Edit {
  return { start: at, end: at, text };
}

/** Parameters with patterns or defaults run code before the body does, so they are unpacked behind the door. */
function constructorEdits(member: MethodDefinition, source: string, derived: boolean): Edit[] {
  const door = derived ? 'if(__hollow.on){super();return}' : 'if(__hollow.on)return;';
  const { params, body } = member.value;
  const first = params[0];
  const last = params.at(-1);
  if (!first || !last || params.every((param) => param.type === 'Identifier')) {
    return [insert(body.start + 1, door)];
  }
  const between = lineEnds(source, last.end, body.start);
  return [
    insert(first.start, `...__packed){${door}var [`),
    { start: last.end, end: body.start + 1, text: `]=__packed;${between}` },
  ];
}
