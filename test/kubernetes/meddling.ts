/** What somebody might do to an object, one thing at a time. */
import type { KubeObject } from '../../operator/src/runtime/objects.ts';

export interface Change {
  /** For people: where, and what. */
  readonly what: string;
  readonly object: KubeObject;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where, and what can be added there. */
const ADDED: readonly (readonly [where: RegExp, what: Json])[] = [
  [/(abels|annotations|\bselector|nodeSelector)$/, { added: 'x' }],
  [/((pod|namespace|label)Selector|spec\.selector)$/, { matchLabels: { added: 'x' } }],
  [
    /((pod|namespace|label)Selector|spec\.selector)$/,
    { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
  ],
  [/ingress\[\d+]$/, { from: [{ podSelector: {} }] }],
  [/from\[\d+]$/, { namespaceSelector: {} }],
  [/from\[\d+]$/, { podSelector: { matchLabels: { added: 'x' } } }],
  [/Ref$/, { optional: true }],
  [/tolerations\[\d+]$/, { tolerationSeconds: 60 }],
  [/envFrom\[\d+]$/, { prefix: 'X_' }],
];

/** A copy of each kind of entry that is another one. */
const another = (value: unknown): unknown => {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return value.map(another);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, another(part)]));
};

/** Variants of a value: itself or a part of it changed, removed, added to. */
function* variants(value: unknown, path: string): Generator<readonly [what: string, value: unknown]> {
  if (Array.isArray(value)) yield* variantsOfList(value, path);
  else if (isObject(value)) yield* variantsOfObject(value, path);
  else yield [`${path} changed`, typeof value === 'boolean' ? !value : another(value)];
}

function* variantsOfList(list: readonly unknown[], path: string) {
  for (const [i, entry] of list.entries()) {
    for (const [what, variant] of variants(entry, `${path}[${i}]`))
      yield [what, list.with(i, variant)] as const;
    yield [`${path}[${i}] removed`, list.toSpliced(i, 1)] as const;
  }
  const last = list.at(-1);
  if (last !== undefined) yield [`${path}: an entry added`, [...list, another(last)]] as const;
}

function* variantsOfObject(object: Json, path: string) {
  for (const [key, part] of Object.entries(object)) {
    for (const [what, variant] of variants(part, `${path}.${key}`))
      yield [what, { ...object, [key]: variant }] as const;
    const { [key]: _, ...rest } = object;
    yield [`${path}.${key} removed`, rest] as const;
  }
  for (const [where, what] of ADDED) {
    const [key = ''] = Object.keys(what);
    if (where.test(path) && !(key in object)) yield [`${path}.${key} added`, { ...object, ...what }] as const;
  }
}

/** Who owns it is not changed here: what has another owner is no longer ours. */
const SAID = ['labels', 'annotations'] as const;

/** All that somebody might do to what people say of an object: not to its status, its name or its kind, and not to what never changes. */
export function* changesOf(object: KubeObject): Generator<Change> {
  const { metadata, apiVersion, kind, status: _, ...rest } = object as KubeObject & Json;
  const typed = { apiVersion, kind } as { apiVersion: string; kind: string };
  const { managedFields: __, resourceVersion: ___, uid: ____, ...meta } = metadata;
  yield {
    what: 'metadata.ownerReferences removed',
    object: { ...typed, ...rest, metadata: { ...meta, ownerReferences: [] } },
  };
  for (const field of SAID) {
    for (const [what, value] of variants(meta[field] ?? {}, `metadata.${field}`)) {
      yield { what, object: { ...typed, ...rest, metadata: { ...meta, [field]: value } } };
    }
  }
  for (const [field, part] of Object.entries(rest)) {
    if (kind === 'ControllerRevision' && field === 'data') continue;
    for (const [what, value] of variants(part, field)) {
      yield { what, object: { ...typed, ...rest, metadata: meta, [field]: value } as KubeObject };
    }
  }
}
