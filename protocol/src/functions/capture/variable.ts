import { isBuiltin } from 'node:module';
import { CELL_PREFIX } from '../graph.ts';
import { noteImportHere } from '../origins.ts';
import type { FreeName } from '../syntax/analyse.ts';
import type { Imported } from '../syntax/imports.ts';
import { type Binding, lookup } from '../syntax/scope.ts';
import type { FunctionView } from './inspector.ts';
import { addKnown } from './known.ts';
import { liveBinding, variableKey } from './live-binding.ts';
import { importedModule, type ModuleKey } from './packages.ts';
import { type Parameter, readVariable, type Setting, type Stability } from './parameter.ts';
import type { Script } from './scripts.ts';

/** A name that is a variable of the user's. */
export function variable(name: string, free: FreeName, scope: number, setting: Setting): Parameter {
  const { script, enclosing, view } = setting;
  const found = enclosing && lookup(enclosing, name);
  const tree = script?.tree;
  const ofModule = found !== undefined && (tree?.moduleScopes.includes(found.scope) ?? false);
  const imported = ofModule ? tree?.imports.get(name) : undefined;
  if (script && imported) return importedName(name, free, scope, imported, script, view);
  const as = `${CELL_PREFIX}${name}`;
  if (isOfSession(view, scope)) return { kind: 'cell', name, as, scope, key: `session:${name}` };
  if (script && ofModule && found.binding.assigned)
    return { kind: 'cell', name, as, scope, key: variableKey(script, name) };
  const stable = stabilityOf(found?.binding);
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

function stabilityOf(binding: Binding | undefined): Stability {
  if (!binding || binding.assigned) return 'never';
  return binding.kind === 'var' ? 'once set' : 'always';
}

/** A name of a REPL or a notebook: any later line may give it another value. */
function isOfSession(view: FunctionView, scope: number): boolean {
  return view.scopes[scope]?.description === 'Script' || scope === view.scopes.length - 1;
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
    stable: 'always',
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
    // Where it is not known whether it changes, it is read each time.
    if (!live) return isBuiltin(specifier) ? plain : { ...plain, stable: 'never' };
    if (!live.binding.assigned) return plain;
    return { kind: 'cell', name, as: `${CELL_PREFIX}${name}`, scope, key: live.key };
  }
  const changing = [...(free.members ?? [])].flatMap((member): [string, string][] => {
    const live = liveBinding(script, specifier, member);
    return live?.binding.assigned ? [[member, live.key]] : [];
  });
  return { ...plain, changing: new Map(changing) };
}

function registerImport(value: unknown, module: ModuleKey, exported: string): void {
  register(value, module, exported);
  if (exported !== '*' || typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) register(Reflect.get(value, key), module, key);
}

function register(value: unknown, module: ModuleKey, exported: string): void {
  addKnown(value, { root: 'module', module, path: [exported] });
  noteImportHere(value, module, exported);
}
