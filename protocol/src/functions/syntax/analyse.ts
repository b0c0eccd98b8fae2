import { type AnyNode, type Expression, type Node, parseExpressionAt } from 'acorn';
import { BoundedMap, CACHED_SOURCES } from '../bounded-map.ts';
import { type ClassShape, classEdits, type Range } from './class-edits.ts';
import { applyEdits, type Edit } from './edit.ts';
import { resolveNames } from './names.ts';
import type { Reference } from './scope.ts';

export interface FreeName {
  readonly references: readonly Reference[];
  readonly written: boolean;
  /** The properties read from it, when nothing else is done with it: of a module, only those need to travel. */
  readonly members: ReadonlySet<string> | undefined;
  /** A member of the class is named by it. */
  readonly inKey: boolean;
}

/** The text of one function, understood. Depends on nothing but the text. */
export interface Analysis {
  /** The text as an expression: in parentheses, or for a method as the only member of an object literal. */
  readonly wrapped: string;
  readonly form: 'arrow' | 'function' | 'method' | 'class';
  readonly free: ReadonlyMap<string, FreeName>;
  /** Edits that every capture makes. */
  readonly edits: readonly Edit[];
  readonly shape: ClassShape | undefined;
}

const analyses = new BoundedMap<string, Analysis>(CACHED_SOURCES);

/** Analyses a function's text as `toString` gives it; undefined when it is no JavaScript that stands by itself. */
export function analyse(text: string): Analysis | undefined {
  const known = analyses.get(text);
  if (known) return known;
  const analysis = analyseExpression(text) ?? analyseMethod(text);
  if (analysis) analyses.set(text, analysis, text.length);
  return analysis;
}

function parse(wrapped: string): Expression | undefined {
  try {
    return parseExpressionAt(wrapped, 0, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
      allowSuperOutsideMethod: true,
      checkPrivateFields: false,
    });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function analyseExpression(text: string): Analysis | undefined {
  const wrapped = `(${text}\n)`;
  const node = parse(wrapped) ?? parseSloppy(wrapped);
  switch (node?.type) {
    case 'ArrowFunctionExpression':
      return { wrapped, form: 'arrow', free: freeNames(node), edits: [], shape: undefined };
    case 'FunctionExpression':
      return { wrapped, form: 'function', free: freeNames(node), edits: [], shape: undefined };
    case 'ClassExpression': {
      const { edits, shape, cut, keys } = classEdits(node, wrapped);
      return { wrapped, form: 'class', free: freeNames(node, cut, keys), edits, shape };
    }
    default:
      return undefined;
  }
}

/** Old functions may use words that are reserved in modules. */
function parseSloppy(wrapped: string): Expression | undefined {
  try {
    return parseExpressionAt(wrapped, 0, { ecmaVersion: 'latest', sourceType: 'script' });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function analyseMethod(text: string): Analysis | undefined {
  const wrapped = `({${text}\n})`;
  const node = parse(wrapped);
  const property = node?.type === 'ObjectExpression' ? node.properties[0] : undefined;
  if (property?.type !== 'Property' || property.value.type !== 'FunctionExpression') return undefined;
  const edits: Edit[] = [];
  if (property.computed) {
    const start = wrapped.lastIndexOf('[', property.key.start);
    const end = wrapped.indexOf(']', property.key.end) + 1;
    edits.push({ start, end, text: '"method"' });
  }
  return { wrapped, form: 'method', free: freeNames(property.value), edits, shape: undefined };
}

function freeNames(
  tree: AnyNode,
  cut?: ReadonlySet<Node>,
  keys: readonly Range[] = [],
): Map<string, FreeName> {
  const grouped = Map.groupBy(resolveNames(tree, cut).free, (reference) => reference.name);
  return new Map([...grouped].map(([name, references]) => [name, freeName(references, keys)]));
}

function freeName(references: readonly Reference[], keys: readonly Range[]): FreeName {
  const members = new Set<string>();
  let whole = false;
  for (const { member } of references) {
    if (member === undefined) whole = true;
    else members.add(member);
  }
  return {
    references,
    written: references.some((reference) => reference.write),
    members: whole ? undefined : members,
    inKey: references.some(({ start, end }) => keys.some((key) => key.start <= start && end <= key.end)),
  };
}

/** The text to send: fixed edits, and each name of `renamed` replaced. */
export function rewrite(analysis: Analysis, renamed: ReadonlyMap<string, string>): string {
  const edits = [...analysis.edits];
  for (const [name, replacement] of renamed) {
    for (const reference of analysis.free.get(name)?.references ?? []) {
      edits.push({
        start: reference.start,
        end: reference.end,
        text: replacementText(reference, replacement),
      });
    }
  }
  return edits.length === 0 ? analysis.wrapped : applyEdits(analysis.wrapped, edits);
}

function replacementText(reference: Reference, replacement: string): string {
  if (reference.role === 'shorthand') return `${reference.name}: ${replacement}`;
  const binds = reference.role === 'callee' && replacement.includes('.');
  return binds ? `${reference.begins ? ';' : ''}(0, ${replacement})` : replacement;
}
