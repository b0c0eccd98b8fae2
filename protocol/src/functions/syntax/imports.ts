import type { AnyNode, CallExpression, Expression, Identifier, Literal, Node, Program } from 'acorn';

type TopStatement = Program['body'][number];

/** What a top-level name of a script was imported as. */
export interface Imported {
  readonly specifier: string;
  /** `*` for the namespace. */
  readonly exported: string;
  /** A CommonJS helper's copy, which has not the identity of the exports. */
  readonly copy: boolean;
}

/**
 * The names that a script imports, whatever compiled it: `import` itself; a namespace that a test runner's loader awaits
 * (`const __vi_import_0__ = await __vite_ssr_import__('x')`); a copy that a CommonJS helper makes of `require('x')`.
 */
export function importTable(statements: readonly TopStatement[]): Map<string, Imported> {
  const table = new Map<string, Imported>();
  for (const statement of statements) {
    if (statement.type === 'ImportDeclaration') addImport(statement, table);
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) {
      const imported = init && loaded(init);
      if (id.type === 'Identifier' && imported) table.set(id.name, imported);
    }
  }
  return table;
}

function addImport(
  statement: Extract<AnyNode, { type: 'ImportDeclaration' }>,
  table: Map<string, Imported>,
): void {
  const specifier = String(statement.source.value);
  for (const node of statement.specifiers) {
    const whole = node.type === 'ImportDefaultSpecifier' ? 'default' : '*';
    const exported = node.type === 'ImportSpecifier' ? exportName(node.imported) : whole;
    table.set(node.local.name, { specifier, exported, copy: false });
  }
}

function exportName(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}

/** Statements that run once, and the node that scopes them. */
export interface ModuleBody {
  readonly scope: Node;
  readonly statements: readonly TopStatement[];
}

/** The module itself, and each function around all or part of it that a loader wrote or that is called on the spot. */
export function moduleBodies(program: Program): ModuleBody[] {
  const bodies: ModuleBody[] = [{ scope: program, statements: program.body }];
  for (const statement of program.body) {
    const body = statement.type === 'ExpressionStatement' ? wrapperBody(statement.expression) : undefined;
    if (body) bodies.push(body);
  }
  return bodies;
}

function wrapperBody(expression: Expression): ModuleBody | undefined {
  switch (expression.type) {
    case 'AwaitExpression':
    case 'UnaryExpression':
      return wrapperBody(expression.argument);
    case 'CallExpression':
      return expression.callee.type === 'Super' ? undefined : wrapperBody(expression.callee);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression': {
      if (expression.body.type !== 'BlockStatement') return undefined;
      const { body } = expression.body;
      const [first] = body;
      if (first?.type === 'BlockStatement' && body.length === 1)
        return { scope: first, statements: first.body };
      return { scope: expression, statements: body };
    }
    default:
      return undefined;
  }
}

const LOADER_IMPORT = /^__vi(?:te)?_(?:ssr_)?import/;

function loaded(init: Expression): Imported | undefined {
  const call = init.type === 'AwaitExpression' ? init.argument : init;
  if (call.type !== 'CallExpression') return undefined;
  if (call.callee.type === 'Identifier' && LOADER_IMPORT.test(call.callee.name))
    return namespace(literalArgument(call), false);
  return namespace(call.arguments.map(requiredSpecifier).find(Boolean), true);
}

function namespace(specifier: string | undefined, copy: boolean): Imported | undefined {
  return specifier === undefined ? undefined : { specifier, exported: '*', copy };
}

/** `require('x')` inside a helper's call. */
function requiredSpecifier(node: AnyNode): string | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
  return node.callee.name === 'require' ? literalArgument(node) : undefined;
}

function literalArgument(call: CallExpression): string | undefined {
  const [first] = call.arguments;
  return first?.type === 'Literal' && typeof first.value === 'string' ? first.value : undefined;
}
