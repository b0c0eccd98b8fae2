import { ValueError } from '../../values/errors.ts';

type Make = (...state: never[]) => unknown;

const RECIPES: { readonly [name: string]: Make } = {
  'Symbol.for': (key: string) => Symbol.for(key),
  box: (primitive: unknown) => Object(primitive) as unknown,
  URL: (href: string) => new URL(href),
  URLSearchParams: (text: string) => new URLSearchParams(text),
  TextEncoder: () => new TextEncoder(),
  TextDecoder: (encoding: string, options: { fatal: boolean; ignoreBOM: boolean }) =>
    new TextDecoder(encoding, options),
  Headers: (entries: [string, string][]) => new Headers(entries),
  DOMException: (message: string, name: string, stack: string) =>
    Object.defineProperty(new DOMException(message, name), 'stack', {
      value: stack,
      configurable: true,
      writable: true,
    }),
};

/** Makes an object of the runtime from what `capture/recipes.ts` noted of it. */
export function followRecipe(name: string, state: readonly unknown[]): unknown {
  if (name.startsWith('Intl.')) return makeIntl(name.slice('Intl.'.length), state);
  const make = Object.hasOwn(RECIPES, name) ? RECIPES[name] : undefined;
  if (!make) throw new ValueError(`unknown kind of object ${name}: written by a newer version?`);
  return make(...(state as never[]));
}

function makeIntl(name: string, state: readonly unknown[]): unknown {
  const made: unknown = Reflect.get(Intl, name);
  if (typeof made !== 'function') throw new ValueError(`this runtime has no Intl.${name}`);
  return Reflect.construct(made, state) as unknown;
}
