/** Names: where each is declared, and what remains free. Pseudo-names stand for what functions bind without a declaration. */
export type BindingKind =
  | 'const'
  | 'let'
  | 'var'
  | 'function'
  | 'class'
  | 'param'
  | 'import'
  | 'implicit'
  | 'private';

export interface Binding {
  readonly kind: BindingKind;
  /** Written after its declaration, or declared without a value: its value depends on when it is read. */
  assigned: boolean;
}

export interface Scope {
  readonly parent: Scope | undefined;
  /** Functions, scripts, static blocks: where `var` lands. */
  readonly hoists: boolean;
  readonly start: number;
  readonly end: number;
  readonly bindings: Map<string, Binding>;
  readonly children: Scope[];
}

export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly scope: Scope;
  readonly write: boolean;
  /** The property read from the name, when that is all that is done with it. */
  readonly member: string | undefined;
  /** `shorthand`: `{ x }`, whose replacement must repeat the key. `callee`: `x()`, whose replacement must not bind `this`. */
  readonly role: 'plain' | 'shorthand' | 'callee';
  /** It is the first word of a statement in a list: what stands before it may have left its semicolon out. */
  readonly begins: boolean;
}

export interface Names {
  readonly root: Scope;
  readonly free: readonly Reference[];
}

/** What a function that is no arrow binds of itself; `super` comes from the class or object that it is a method of. */
export const FUNCTION_IMPLICIT = ['this', 'new.target', 'arguments'] as const;
/** What a field initialiser or a static block binds. */
export const FIELD_IMPLICIT = ['this', 'super', 'new.target'] as const;

export function openScope(
  parent: Scope | undefined,
  range: { start: number; end: number },
  hoists: boolean,
): Scope {
  const scope: Scope = {
    parent,
    hoists,
    start: range.start,
    end: range.end,
    bindings: new Map(),
    children: [],
  };
  parent?.children.push(scope);
  return scope;
}

export function declare(scope: Scope, name: string, kind: BindingKind, assigned = false): void {
  const earlier = scope.bindings.get(name);
  if (earlier && earlier.kind !== 'implicit') earlier.assigned = true;
  else scope.bindings.set(name, { kind, assigned });
}

export function hoistingScope(scope: Scope): Scope {
  let at = scope;
  while (!at.hoists && at.parent) at = at.parent;
  return at;
}

export function lookup(scope: Scope, name: string): { binding: Binding; scope: Scope } | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding) return { binding, scope: at };
  }
  return undefined;
}

/** Marks written bindings and returns the references that nothing in the tree declares. */
export function resolveReferences(references: readonly Reference[]): Reference[] {
  return references.filter((reference) => {
    const found = lookup(reference.scope, reference.name);
    if (found && reference.write) found.binding.assigned = true;
    return !found;
  });
}
