import type { GraphNode } from '../graph.ts';
import { CELL_PREFIX, DOOR } from '../graph.ts';
import { type Analysis, analyse, type FreeName, rewrite } from '../syntax/analyse.ts';
import { type ClassShape, needsDoor } from '../syntax/class-edits.ts';
import type { Imported } from '../syntax/imports.ts';
import { lookup, type Scope } from '../syntax/scope.ts';
import { type Blob, sourceBlob } from './blob.ts';
import { isStandardGlobal } from './globals.ts';
import type { FunctionView } from './inspector.ts';
import { addKnown } from './known.ts';
import { liveBinding, variableKey } from './live-binding.ts';
import { importedModule, type ModuleKey } from './packages.ts';
import { enclosingScope, type Script, scriptById, scriptUrl } from './scripts.ts';

/**
 * What all functions made by one piece of source have in common: the text to send and where its names come from.
 *
 * 1. Depends on the text and on where it stands, never on the values: closures made in a loop share one.
 * 2. `stable` says that the name cannot come to mean another value, not that the value cannot change.
 */
export interface Template {
  readonly source: Blob;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly scopeCount: number;
  readonly parameters: readonly Parameter[];
  readonly shape: ClassShape | undefined;
}

export type Parameter =
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly as: string;
      readonly scope: number;
      readonly stable: boolean;
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

/** Why a function cannot be sent; the capture adds the path. */
export class Unsendable extends Error {}

interface Setting {
  readonly view: FunctionView;
  readonly analysis: Analysis;
  readonly script: Script | undefined;
  readonly enclosing: Scope | undefined;
}

const templates = new Map<string, Template>();

export function templateOf(text: string, view: FunctionView): Template {
  const key = `${view.scriptId}:${view.line}:${view.column}:${text.length}`;
  const known = view.scriptId ? templates.get(key) : undefined;
  if (known && known.scopeCount === view.scopes.length) return known;
  const template = makeTemplate(text, view);
  templates.set(key, template);
  return template;
}

function makeTemplate(text: string, view: FunctionView): Template {
  const analysis = analyse(text);
  if (!analysis) throw new Unsendable('its source text cannot be read as a function on its own');
  const setting = settingOf(text, view, analysis);
  const parameters: Parameter[] = [];
  const renamed = new Map<string, string>();
  for (const [name, free] of analysis.free) {
    const parameter = parameterFor(name, free, setting);
    if (!parameter) continue;
    if (parameter === 'undefined') {
      renamed.set(name, '(void 0)');
      continue;
    }
    parameters.push(parameter);
    const spelled = parameter.kind === 'cell' ? `${parameter.as}.v` : parameter.as;
    if (spelled !== name) renamed.set(name, spelled);
  }
  if (analysis.shape?.derived) parameters.push({ kind: 'super', as: '__super' });
  if (analysis.shape && needsDoor(analysis.shape))
    parameters.push({ kind: 'given', as: DOOR, node: ['door'] });
  return {
    source: sourceBlob(rewrite(analysis, renamed)),
    url: setting.script?.url ?? scriptUrl(view.scriptId),
    line: view.line,
    column: view.column,
    scopeCount: view.scopes.length,
    parameters,
    shape: analysis.shape,
  };
}

/** The script is only looked at when a name comes from it. */
function settingOf(text: string, view: FunctionView, analysis: Analysis): Setting {
  const local = [...analysis.free.keys()].some(
    (name) => !isStandardGlobal(name) || scopeHolding(view, name) < view.scopes.length - 1,
  );
  const script = local && view.scriptId ? scriptById(view.scriptId) : undefined;
  return { view, analysis, script, enclosing: script && enclosingScope(script, view, text) };
}

function parameterFor(name: string, free: FreeName, setting: Setting): Parameter | 'undefined' | undefined {
  if (name === DOOR) return undefined;
  const special = SPECIAL[name];
  if (special) return special(setting);
  if (name.startsWith('#'))
    throw new Unsendable(
      `it uses ${name}, which is private to its class: send the object whose method it is`,
    );
  const { scopes } = setting.view;
  const scope = scopeHolding(setting.view, name);
  if (scope < 0) return undefined;
  const global = scope === scopes.length - 1;
  if (global && isStandardGlobal(name)) return undefined;
  const given = givenByLoader(name, scope, setting);
  if (given) return given;
  return variable(name, free, scope, setting);
}

function scopeHolding(view: FunctionView, name: string): number {
  const index = view.scopes.findIndex((scope) => Object.hasOwn(scope.object, name));
  if (index >= 0) return index;
  return name in globalThis ? view.scopes.length - 1 : -1;
}

const SPECIAL: { readonly [name: string]: ((setting: Setting) => Parameter | 'undefined') | undefined } = {
  __proto__: undefined,
  this(setting) {
    const { enclosing, view } = setting;
    const module = view.scopes.some((scope) => scope.description === 'Module') || isViteModule(setting);
    if (module && enclosing && !lookup(enclosing, 'this')) return 'undefined';
    throw new Unsendable(
      'it is an arrow function that uses the `this` of the function around it, which cannot be read from outside: ' +
        'take what it needs into a const first (const self = this), or use a method and bind it',
    );
  },
  super() {
    throw new Unsendable(
      'it uses `super`, so it only works as part of its class or object: send that instead',
    );
  },
  'new.target'() {
    throw new Unsendable('it uses the `new.target` of the function around it');
  },
  arguments: (setting) => ({
    kind: 'variable',
    name: 'arguments',
    as: '__args',
    scope: scopeHolding(setting.view, 'arguments'),
    stable: false,
    members: undefined,
    namespace: false,
  }),
  'import.meta': (setting) => ({
    kind: 'given',
    as: '__meta',
    node: ['meta', setting.script?.url ?? ''],
  }),
  'import()': (setting) => ({
    kind: 'given',
    as: '__import',
    node: ['import', setting.script?.url ?? ''],
  }),
};

function isViteModule(setting: Setting): boolean {
  return setting.view.scopes.some((scope) => Object.hasOwn(scope.object, '__vite_ssr_import_meta__'));
}

/** Names that a loader puts into each module. */
function givenByLoader(name: string, scope: number, setting: Setting): Parameter | undefined {
  const url = setting.script?.url ?? '';
  const value = readVariable(setting.view, scope, name);
  if (name === 'require' && typeof value === 'function' && 'cache' in value)
    return { kind: 'given', as: name, node: ['require', url] };
  if (/^__vi\w*_dynamic_import/.test(name)) return { kind: 'given', as: name, node: ['import', url] };
  if (name === '__vite_ssr_import_meta__') return { kind: 'given', as: name, node: ['meta', url] };
  if (/^cov_\w+$/.test(name) && typeof value === 'function')
    return { kind: 'given', as: name, node: ['counters'] };
  return undefined;
}

function variable(name: string, free: FreeName, scope: number, setting: Setting): Parameter {
  const { script, enclosing, view } = setting;
  const found = enclosing && lookup(enclosing, name);
  const tree = script?.tree;
  const ofModule = found !== undefined && (tree?.moduleScopes.includes(found.scope) ?? false);
  const imported = ofModule ? tree?.imports.get(name) : undefined;
  if (script && imported) return importedName(name, free, scope, imported, script, view);
  const ofSession = view.scopes[scope]?.description === 'Script';
  if ((ofModule && found.binding.assigned) || (ofSession && free.written)) {
    const key = script && ofModule ? variableKey(script, name) : name;
    return { kind: 'cell', name, as: `${CELL_PREFIX}${name}`, scope, key };
  }
  const stable = found !== undefined && !found.binding.assigned && found.binding.kind !== 'var';
  return {
    kind: 'variable',
    name,
    as: name,
    scope,
    stable,
    members: free.members,
    namespace: name === 'exports',
  };
}

function importedName(
  name: string,
  free: FreeName,
  scope: number,
  imported: Imported,
  script: Script,
  view: FunctionView,
): Parameter {
  const { specifier, exported, copy } = imported;
  const namespace = exported === '*';
  const plain = {
    kind: 'variable',
    name,
    as: name,
    scope,
    stable: true,
    members: free.members,
    namespace,
  } as const;
  const module = importedModule(specifier, script.url);
  if (module) {
    if (!copy) registerImport(readVariable(view, scope, name), module, exported);
    return plain;
  }
  if (!namespace) {
    const live = liveBinding(script, specifier, exported);
    if (!live?.binding.assigned) return plain;
    return { kind: 'cell', name, as: `${CELL_PREFIX}${name}`, scope, key: live.key };
  }
  const changing = [...(free.members ?? [])].flatMap((member): [string, string][] => {
    const live = liveBinding(script, specifier, member);
    return live?.binding.assigned ? [[member, live.key]] : [];
  });
  return { ...plain, changing: new Map(changing) };
}

function registerImport(value: unknown, module: ModuleKey, exported: string): void {
  addKnown(value, { root: 'module', module, path: [exported] });
  if (exported !== '*' || typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value))
    addKnown(Reflect.get(value, key), { root: 'module', module, path: [key] });
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
