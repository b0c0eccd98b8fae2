import { readGlobal } from './globals.ts';

/** Objects of the runtime that are made again from what they tell about themselves; `load/recipes.ts` has the other half. */
export interface RecipeUse {
  readonly name: string;
  readonly state: readonly unknown[];
}

interface Recipe {
  readonly prototype: () => object | undefined;
  readonly state: (value: never) => readonly unknown[];
}

const RECIPES: { readonly [name: string]: Recipe } = {
  URL: { prototype: () => URL.prototype, state: (url: URL) => [url.href] },
  URLSearchParams: {
    prototype: () => URLSearchParams.prototype,
    state: (params: URLSearchParams) => [params.toString()],
  },
  TextEncoder: { prototype: () => TextEncoder.prototype, state: () => [] },
  TextDecoder: {
    prototype: () => TextDecoder.prototype,
    state: ({ encoding, fatal, ignoreBOM }: InstanceType<typeof TextDecoder>) => [
      encoding,
      { fatal, ignoreBOM },
    ],
  },
  Headers: {
    prototype: () => loadedGlobal('Headers')?.prototype,
    state: (headers: Headers) => [[...headers]],
  },
  DOMException: {
    prototype: () => loadedGlobal('DOMException')?.prototype,
    state: ({ message, name, stack }: DOMException) => [message, name, stack],
  },
};

interface Resolved {
  resolvedOptions(): { locale: string };
}

/** A global that was not read yet has no instances. */
function loadedGlobal(name: string): { prototype: object } | undefined {
  const loads: readonly string[] = Reflect.get(process, 'moduleLoadList') ?? [];
  return readGlobal(name, loads) as { prototype: object } | undefined;
}

export function findRecipe(value: object): RecipeUse | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  for (const [name, recipe] of Object.entries(RECIPES)) {
    if (prototype === recipe.prototype()) return { name, state: recipe.state(value as never) };
  }
  return intlRecipe(value, prototype);
}

function intlRecipe(value: object, prototype: unknown): RecipeUse | undefined {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  if (typeof tag !== 'string' || !tag.startsWith('Intl.')) return undefined;
  const name = tag.slice('Intl.'.length);
  const owner: unknown = Reflect.get(Intl, name);
  if (typeof owner !== 'function' || owner.prototype !== prototype) return undefined;
  if (name === 'Locale') return { name: tag, state: [String(value)] };
  const options = (value as Resolved).resolvedOptions();
  return { name: tag, state: [options.locale, options] };
}
