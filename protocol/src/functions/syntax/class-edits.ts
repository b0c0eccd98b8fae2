import type { Class, MethodDefinition, Node, PropertyDefinition } from 'acorn';
import { type Edit, lineEnds } from './edit.ts';

/** What the loader must know to rebuild a class and its instances; see `hollow.ts` on its side. */
export interface ClassShape {
  readonly derived: boolean;
  /** Private instance fields in their order, with the `#`. */
  readonly privateFields: readonly string[];
  /** Keys that the class text itself defines on the prototype. */
  readonly methods: ReadonlySet<string>;
}

export interface ClassEdits {
  readonly shape: ClassShape;
  readonly edits: readonly Edit[];
  readonly cut: ReadonlySet<Node>;
}

/**
 * Prepares a class for another process. Static state is sent as values, so its initialisers are cut. A class with
 * private fields gets a door: while `__hollow.on`, construction runs no code of the user's and leaves the fields empty,
 * and the static method under `__hollow.key` fills them.
 */
export function classEdits(node: Class, source: string): ClassEdits {
  const cut = new Set<Node>();
  const edits: Edit[] = [];
  if (node.superClass) {
    cut.add(node.superClass);
    edits.push({ start: node.superClass.start, end: node.superClass.end, text: '__super' });
  }
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock' && !/#/.test(source.slice(member.start, member.end))) {
      cut.add(member);
      edits.push({ ...range(member), text: lineEnds(source, member.start, member.end) });
    } else if (member.type === 'PropertyDefinition' && member.static && member.value && !isPrivate(member)) {
      cut.add(member.value);
      edits.push({
        ...range(member.value),
        text: `void 0${lineEnds(source, member.value.start, member.value.end)}`,
      });
    }
  }
  const shape = shapeOf(node);
  if (shape.privateFields.length > 0) edits.push(...doorEdits(node, source, shape));
  return { shape, edits, cut };
}

function range(node: Node): { start: number; end: number } {
  return { start: node.start, end: node.end };
}

function isPrivate(member: PropertyDefinition | MethodDefinition): boolean {
  return member.key.type === 'PrivateIdentifier';
}

function shapeOf(node: Class): ClassShape {
  const privateFields: string[] = [];
  const methods = new Set<string>(['constructor']);
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock' || member.static) continue;
    const { key } = member;
    if (key.type === 'PrivateIdentifier') {
      if (member.type === 'PropertyDefinition') privateFields.push(`#${key.name}`);
    } else if (member.type === 'MethodDefinition' && !member.computed) {
      methods.add(key.type === 'Identifier' ? key.name : String('value' in key ? key.value : ''));
    }
  }
  return { derived: Boolean(node.superClass), privateFields, methods };
}

function doorEdits(node: Class, source: string, shape: ClassShape): Edit[] {
  const edits: Edit[] = [];
  for (const member of node.body.body) {
    if (member.type === 'PropertyDefinition' && !member.static && member.value) {
      edits.push(insert(member.value.start, '__hollow.on?void 0:('), insert(member.value.end, ')'));
    } else if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      edits.push(...constructorEdits(member, source, shape.derived));
    }
  }
  const fill = shape.privateFields.map((name, index) => `o.${name}=v[${index}]`).join(';');
  edits.push(insert(node.body.end - 1, `;static [__hollow.key](o,v){${fill}}`));
  return edits;
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
