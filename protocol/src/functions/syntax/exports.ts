import type { Declaration, ExportNamedDeclaration, Identifier, Literal, Pattern, Program } from 'acorn';

/** What an export of a module is: a name of the module itself, or another module's export. */
export type Exported = { readonly local: string } | { readonly specifier: string; readonly exported: string };

export interface ExportTable {
  readonly named: ReadonlyMap<string, Exported>;
  /** Modules that are exported whole. */
  readonly stars: readonly string[];
}

export function exportTable(program: Program): ExportTable {
  const named = new Map<string, Exported>();
  const stars: string[] = [];
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration') addNamed(statement, named);
    else if (statement.type === 'ExportAllDeclaration' && !statement.exported)
      stars.push(String(statement.source.value));
    else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      if ('id' in declaration && declaration.id) named.set('default', { local: declaration.id.name });
    }
  }
  return { named, stars };
}

function addNamed(statement: ExportNamedDeclaration, named: Map<string, Exported>): void {
  for (const { local, exported } of statement.specifiers) {
    const source = statement.source?.value;
    const from = source === undefined ? { local: nameOf(local) } : undefined;
    named.set(nameOf(exported), from ?? { specifier: String(source), exported: nameOf(local) });
  }
  for (const local of statement.declaration ? declaredNames(statement.declaration) : [])
    named.set(local, { local });
}

function nameOf(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}

function declaredNames(declaration: Declaration): string[] {
  if (declaration.type !== 'VariableDeclaration') return [declaration.id.name];
  return declaration.declarations.flatMap(({ id }) => patternNames(id));
}

function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        property.type === 'RestElement' ? patternNames(property.argument) : patternNames(property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case 'AssignmentPattern':
      return patternNames(pattern.left);
    case 'RestElement':
      return patternNames(pattern.argument);
    default:
      return [];
  }
}
