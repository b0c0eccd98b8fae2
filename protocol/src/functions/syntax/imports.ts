import type {
  AnyNode,
  CallExpression,
  Expression,
  Identifier,
  Literal,
  Node,
  Program,
  Statement,
} from 'acorn';

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

/** The statements of the module itself, also when a loader wrapped them in one function, and the node that scopes them. */
export function moduleBody(program: Program): { scope: Node; statements: readonly TopStatement[] } {
  for (const statement of program.body) {
    if (statement.type !== 'ExpressionStatement') continue;
    const wrapped = wrapperBody(statement.expression);
    if (wrapped) return wrapped;
  }
  return { scope: program, statements: program.body };
}

function wrapperBody(expression: Expression): { scope: Node; statements: readonly Statement[] } | undefined {
  if (expression.type !== 'ArrowFunctionExpression' && expression.type !== 'FunctionExpression')
    return undefined;
  if (expression.body.type !== 'BlockStatement') return undefined;
  const { body } = expression.body;
  const [first] = body;
  if (first?.type === 'BlockStatement' && body.length === 1) return { scope: first, statements: first.body };
  return { scope: expression, statements: body };
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
