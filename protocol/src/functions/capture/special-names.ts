import path from 'node:path';
import { fileOf } from '../load/places.ts';
import { lookup } from '../syntax/scope.ts';
import { type Parameter, readVariable, type Setting, scopeHolding, Unsendable } from './parameter.ts';
import { requirerOf } from './requirer.ts';

/** Names that are no variables: keywords and what the analysis calls by a name of its own. */
export const SPECIAL_NAMES: {
  readonly [name: string]: ((setting: Setting) => Parameter | 'undefined') | undefined;
} = {
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
      'it uses `super`, which is known only inside of a class: send the class or an instance of it; in an object, ' +
        'call the method that it means by name (parent.method.call(this))',
    );
  },
  arguments: (setting) => ({
    kind: 'variable',
    name: 'arguments',
    as: '__args',
    scope: scopeHolding(setting.view, 'arguments'),
    stable: 'never',
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

/** A `require` that a script made for another directory is what it was made as. */
function looksElsewhere(require: object, url: string): boolean {
  const requirer = requirerOf(require);
  return requirer !== undefined && path.dirname(requirer) !== path.dirname(fileOf(url));
}

function isViteModule(setting: Setting): boolean {
  return setting.view.scopes.some((scope) => Object.hasOwn(scope.object, '__vite_ssr_import_meta__'));
}

/** Names that a loader puts into each module. */
export function givenByLoader(name: string, scope: number, setting: Setting): Parameter | undefined {
  const url = setting.script?.url ?? '';
  const value = readVariable(setting.view, scope, name);
  if (name === 'require' && typeof value === 'function' && 'cache' in value && !looksElsewhere(value, url))
    return { kind: 'given', as: name, node: ['require', url] };
  if (/^__vi\w*_dynamic_import/.test(name)) return { kind: 'given', as: name, node: ['import', url] };
  if (name === '__vite_ssr_import_meta__') return { kind: 'given', as: name, node: ['meta', url] };
  if (/^cov_\w+$/.test(name) && typeof value === 'function')
    return { kind: 'given', as: name, node: ['counters'] };
  return undefined;
}
