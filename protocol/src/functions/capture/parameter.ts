import type { GraphNode } from '../graph.ts';
import type { Analysis } from '../syntax/analyse.ts';
import type { Scope } from '../syntax/scope.ts';
import type { FunctionView } from './inspector.ts';
import type { Script } from './scripts.ts';

/** Where a name that a function mentions gets its value from. */
export type Parameter =
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly as: string;
      readonly scope: number;
      readonly stable: Stability;
      /** What is read from it, when nothing else is done with it: all that is sent of an object that stands for a module. */
      readonly members: ReadonlySet<string> | undefined;
      /** It was imported as a namespace. */
      readonly namespace: boolean;
      /** Members that are variables of the exporting module, by the keys of their cells. */
      readonly changing?: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: 'cell';
      readonly name: string;
      readonly as: string;
      readonly scope: number;
      readonly key: string;
    }
  | { readonly kind: 'super'; readonly as: string }
  | { readonly kind: 'given'; readonly as: string; readonly node: GraphNode };

/** Whether a name can come to mean another value; `once set` is a `var`, which means nothing until its line has run. */
export type Stability = 'always' | 'once set' | 'never';

/** Why a function cannot be sent; the capture adds the path. */
export class Unsendable extends Error {}

/** A function in its place. */
export interface Setting {
  readonly view: FunctionView;
  readonly analysis: Analysis;
  readonly script: Script | undefined;
  readonly enclosing: Scope | undefined;
}

/** The innermost scope that has the name, -1 for none. */
export function scopeHolding(view: FunctionView, name: string): number {
  const index = view.scopes.findIndex((scope) => Object.hasOwn(scope.object, name));
  if (index >= 0) return index;
  return name in globalThis ? view.scopes.length - 1 : -1;
}

export function readVariable(view: FunctionView, scope: number, name: string): unknown {
  const holder = view.scopes[scope]?.object ?? globalThis;
  try {
    return Reflect.get(holder, name);
  } catch (cause) {
    throw new Unsendable(`its variable ${name} has no value yet: submit after the line that declares it`, {
      cause,
    });
  }
}
