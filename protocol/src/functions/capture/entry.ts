import { viewFunction } from './inspector.ts';
import { refreshKnown } from './known.ts';
import { type Parameter, readVariable } from './parameter.ts';
import { restDebugger } from './scripts.ts';
import { type Template, templateOf } from './template.ts';

/** One function: its template, and what its names mean now. */
export interface FunctionEntry {
  readonly template: Template;
  /** Sloppy functions differ in `this` and in what they may assign. */
  readonly strict: boolean;
  /** Every name keeps its value, so the values were read once and for all. */
  readonly stable: boolean;
  /** Beside the template's parameters; undefined for those that are not read from a scope. */
  readonly values: readonly unknown[];
}

const entries = new WeakMap<object, FunctionEntry>();

/** Reads a function. The inspector is asked again only when a name may have got another value. */
export function entryOf(fn: object): FunctionEntry {
  const known = entries.get(fn);
  if (known?.stable) return known;
  if (!known) refreshKnown();
  restDebugger();
  const view = viewFunction(fn);
  const template = known?.template ?? templateOf(Function.prototype.toString.call(fn), view);
  const values = template.parameters.map((parameter) =>
    'scope' in parameter ? readVariable(view, parameter.scope, parameter.name) : undefined,
  );
  const stable = template.parameters.every((parameter, index) => isStable(parameter, values[index]));
  const entry = { template, strict: known?.strict ?? !Object.hasOwn(fn, 'caller'), stable, values };
  entries.set(fn, entry);
  return entry;
}

function isStable(parameter: Parameter, value: unknown): boolean {
  if (parameter.kind !== 'variable') return parameter.kind !== 'cell';
  return parameter.stable === 'always' || (parameter.stable === 'once set' && value !== undefined);
}
