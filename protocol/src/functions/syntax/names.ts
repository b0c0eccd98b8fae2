import type { AnyNode, Class, Function as FunctionNode, Node, Pattern } from 'acorn';
import {
  type BindingKind,
  declare,
  FIELD_IMPLICIT,
  FUNCTION_IMPLICIT,
  hoistingScope,
  type Names,
  openScope,
  type Reference,
  resolveReferences,
  type Scope,
} from './scope.ts';

interface Walk {
  readonly references: Reference[];
  /** Nodes that the caller will cut from the source: what they mention does not count. */
  readonly skip: ReadonlySet<Node>;
  /** Where the expressions begin that are statements of a list. */
  readonly statements: Set<number>;
}

type Handlers = {
  [T in AnyNode['type']]?: (node: Extract<AnyNode, { type: T }>, scope: Scope, walk: Walk) => void;
};

/** Finds the names that the tree mentions and does not declare (ECMAScript's scope rules, strict and sloppy alike). */
export function resolveNames(tree: AnyNode, skip: ReadonlySet<Node> = new Set()): Names {
  const walk: Walk = { references: [], skip, statements: new Set() };
  const root = openScope(undefined, tree, true);
  visit(tree, root, walk);
  return { root, free: resolveReferences(walk.references) };
}

function visit(node: AnyNode | null | undefined, scope: Scope, walk: Walk): void {
  if (!node || walk.skip.has(node)) return;
  const handler = HANDLERS[node.type] as ((n: AnyNode, s: Scope, w: Walk) => void) | undefined;
  if (handler) handler(node, scope, walk);
  else visitChildren(node, scope, walk);
}

function visitAll(nodes: readonly (AnyNode | null)[], scope: Scope, walk: Walk): void {
  for (const node of nodes) {
    if (node?.type === 'ExpressionStatement') walk.statements.add(node.start);
    visit(node, scope, walk);
  }
}

function visitChildren(node: AnyNode, scope: Scope, walk: Walk): void {
  for (const child of Object.values(node) as unknown[]) {
    if (Array.isArray(child)) {
      visitAll(child.filter(isNode), scope, walk);
    } else if (isNode(child)) visit(child, scope, walk);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

interface Mention {
  readonly write?: boolean;
  readonly member?: string | undefined;
  readonly role?: Reference['role'];
}

function mention(name: string, node: Node, scope: Scope, walk: Walk, how: Mention = {}): void {
  const { write = false, member, role = 'plain' } = how;
  const begins = walk.statements.has(node.start);
  walk.references.push({ name, start: node.start, end: node.end, scope, write, member, role, begins });
}

/** A pattern that assigns to names which exist (`[a, b.c] = ...`). */
function visitTarget(node: AnyNode, scope: Scope, walk: Walk, role: Reference['role'] = 'plain'): void {
  if (node.type === 'Identifier') mention(node.name, node, scope, walk, { write: true, role });
  else eachTarget(node, scope, walk, visitTarget);
}

/** A pattern that declares its names. */
function visitDeclared(node: Pattern, scope: Scope, walk: Walk, kind: BindingKind, assigned: boolean): void {
  if (node.type === 'Identifier') {
    declare(kind === 'var' ? hoistingScope(scope) : scope, node.name, kind, assigned);
    return;
  }
  eachTarget(node, scope, walk, (target) => visitDeclared(target as Pattern, scope, walk, kind, assigned));
}

function eachTarget(
  node: AnyNode,
  scope: Scope,
  walk: Walk,
  target: (node: AnyNode, scope: Scope, walk: Walk, role?: Reference['role']) => void,
): void {
  switch (node.type) {
    case 'ObjectPattern':
      for (const property of node.properties) {
        if (property.type === 'RestElement') target(property.argument, scope, walk);
        else {
          if (property.computed) visit(property.key, scope, walk);
          const { value, shorthand } = property;
          const inner = value.type === 'AssignmentPattern' ? value.left : value;
          if (value.type === 'AssignmentPattern') visit(value.right, scope, walk);
          target(inner, scope, walk, shorthand ? 'shorthand' : 'plain');
        }
      }
      return;
    case 'ArrayPattern':
      for (const element of node.elements) if (element) target(element, scope, walk);
      return;
    case 'AssignmentPattern':
      visit(node.right, scope, walk);
      target(node.left, scope, walk);
      return;
    case 'RestElement':
      target(node.argument, scope, walk);
      return;
    default:
      visit(node, scope, walk);
  }
}

function visitFunction(node: FunctionNode, scope: Scope, walk: Walk, arrow = false): void {
  const own = openScope(scope, node, true);
  if (!arrow) for (const name of FUNCTION_IMPLICIT) declare(own, name, 'implicit');
  for (const param of node.params) visitDeclared(param, own, walk, 'param', false);
  if (node.body.type === 'BlockStatement') visitAll(node.body.body, bodyScope(node, own), walk);
  else visit(node.body, own, walk);
}

/** Where parameters have values of their own, these do not see what the body declares. */
function bodyScope(node: FunctionNode, own: Scope): Scope {
  const plain = node.params.every(({ type }) => type === 'Identifier');
  return plain ? own : openScope(own, node.body, true);
}

function visitClass(node: Class, scope: Scope, walk: Walk): void {
  const own = openScope(scope, node, false);
  if (node.id) declare(own, node.id.name, 'class');
  visit(node.superClass, own, walk);
  for (const member of node.body.body) {
    if ('key' in member && member.key.type === 'PrivateIdentifier')
      declare(own, `#${member.key.name}`, 'private');
  }
  visitAll(node.body.body, own, walk);
}

/** Field values and static blocks run as methods of their own. */
function visitInField(node: AnyNode | null | undefined, scope: Scope, walk: Walk): void {
  if (!node) return;
  const own = openScope(scope, node, true);
  for (const name of FIELD_IMPLICIT) declare(own, name, 'implicit');
  visit(node, own, walk);
}

function visitBlock(node: AnyNode, scope: Scope, walk: Walk): void {
  visitChildren(node, openScope(scope, node, false), walk);
}

const HANDLERS: Handlers = {
  Identifier: (node, scope, walk) => mention(node.name, node, scope, walk),
  PrivateIdentifier: (node, scope, walk) => mention(`#${node.name}`, node, scope, walk),
  ThisExpression: (node, scope, walk) => mention('this', node, scope, walk),
  Super: (node, scope, walk) => mention('super', node, scope, walk),
  MetaProperty: (node, scope, walk) => mention(`${node.meta.name}.${node.property.name}`, node, scope, walk),
  ImportExpression(node, scope, walk) {
    mention('import()', { ...node, end: node.start + 'import'.length }, scope, walk);
    visit(node.source, scope, walk);
    visit(node.options, scope, walk);
  },
  MemberExpression(node, scope, walk) {
    const { object, property } = node;
    if (node.computed) visit(property, scope, walk);
    else if (property.type === 'PrivateIdentifier') visit(property, scope, walk);
    const member = !node.computed && property.type === 'Identifier' ? property.name : undefined;
    if (object.type === 'Identifier') mention(object.name, object, scope, walk, { member });
    else visit(object, scope, walk);
  },
  CallExpression(node, scope, walk) {
    visitCallee(node.callee, scope, walk);
    visitAll(node.arguments, scope, walk);
  },
  TaggedTemplateExpression(node, scope, walk) {
    visitCallee(node.tag, scope, walk);
    visit(node.quasi, scope, walk);
  },
  Property(node, scope, walk) {
    if (node.computed) visit(node.key, scope, walk);
    const { value } = node;
    if (node.shorthand && value.type === 'Identifier')
      mention(value.name, value, scope, walk, { role: 'shorthand' });
    else visit(value, node.method || node.kind !== 'init' ? methodScope(node, scope) : scope, walk);
  },
  MethodDefinition(node, scope, walk) {
    if (node.computed) visit(node.key, scope, walk);
    visit(node.value, methodScope(node, scope), walk);
  },
  PropertyDefinition(node, scope, walk) {
    if (node.computed) visit(node.key, scope, walk);
    visitInField(node.value, scope, walk);
  },
  StaticBlock(node, scope, walk) {
    const own = openScope(scope, node, true);
    for (const name of FIELD_IMPLICIT) declare(own, name, 'implicit');
    visitAll(node.body, own, walk);
  },
  FunctionDeclaration(node, scope, walk) {
    if (node.id) declare(scope, node.id.name, 'function');
    visitFunction(node, scope, walk);
  },
  FunctionExpression(node, scope, walk) {
    const named = openScope(scope, node, false);
    if (node.id) declare(named, node.id.name, 'function');
    visitFunction(node, named, walk);
  },
  ArrowFunctionExpression: (node, scope, walk) => visitFunction(node, scope, walk, true),
  ClassDeclaration(node, scope, walk) {
    if (node.id) declare(scope, node.id.name, 'class');
    visitClass(node, scope, walk);
  },
  ClassExpression: visitClass,
  VariableDeclaration(node, scope, walk) {
    const kind = node.kind === 'let' || node.kind === 'var' ? node.kind : 'const';
    for (const { id, init } of node.declarations) {
      // A `var` in a block may be in a loop, where its line runs again.
      const again = kind === 'var' && !scope.hoists;
      visitDeclared(id, scope, walk, kind, again || (!init && kind !== 'const'));
      visit(init, scope, walk);
    }
  },
  AssignmentExpression(node, scope, walk) {
    visitTarget(node.left, scope, walk);
    visit(node.right, scope, walk);
  },
  UpdateExpression: (node, scope, walk) => visitTarget(node.argument, scope, walk),
  BlockStatement: visitBlock,
  WhileStatement: visitBlock,
  DoWhileStatement: visitBlock,
  ForStatement: visitBlock,
  SwitchStatement: visitBlock,
  ForInStatement: visitForIn,
  ForOfStatement: visitForIn,
  CatchClause(node, scope, walk) {
    const own = openScope(scope, node, false);
    if (node.param) visitDeclared(node.param, own, walk, 'param', false);
    visitAll(node.body.body, own, walk);
  },
  LabeledStatement: (node, scope, walk) => visit(node.body, scope, walk),
  BreakStatement: () => {},
  ContinueStatement: () => {},
  ImportDeclaration(node, scope) {
    for (const { local } of node.specifiers) declare(scope, local.name, 'import');
  },
  ExportNamedDeclaration(node, scope, walk) {
    visit(node.declaration, scope, walk);
    if (!node.source) for (const { local } of node.specifiers) visit(local, scope, walk);
  },
  ExportAllDeclaration: () => {},
};

function visitCallee(node: AnyNode, scope: Scope, walk: Walk): void {
  if (node.type === 'Identifier') mention(node.name, node, scope, walk, { role: 'callee' });
  else visit(node, scope, walk);
}

function methodScope(node: Node, scope: Scope): Scope {
  const own = openScope(scope, node, false);
  declare(own, 'super', 'implicit');
  return own;
}

function visitForIn(
  node: Extract<AnyNode, { type: 'ForInStatement' | 'ForOfStatement' }>,
  scope: Scope,
  walk: Walk,
): void {
  const own = openScope(scope, node, false);
  if (node.left.type === 'VariableDeclaration') visit(node.left, own, walk);
  else visitTarget(node.left, own, walk);
  visit(node.right, own, walk);
  visit(node.body, own, walk);
}
