/**
 * A zod schema as the structural OpenAPI schema that a CustomResourceDefinition takes: every node has one type, nothing is closed by
 * additionalProperties: false (what is not named is pruned), alternatives are only int-or-string.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { z } from 'zod';

export interface Structural {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural;
  readonly items?: Structural;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly [word: string]: unknown;
}

type Node = Record<string, unknown>;

export const structural = (schema: z.ZodType): Structural =>
  node(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }) as Node);

/** Descriptions first, then what the field is, then what must hold: the order in which one reads. */
const ORDER = ['description', 'type', 'format', 'default', 'enum'];
const LAST = ['required', 'properties', 'additionalProperties', 'items'];

function node(from: Node): Structural {
  const to: Node = { ...from };
  if (from.anyOf) Object.assign(to, intOrString(from));
  if (from.type === 'integer') Object.assign(to, integer(from));
  // kubectl and the API server check the format; zod's pattern for the same says nothing to a reader.
  if (from.format === 'date-time') delete to.pattern;
  if (isNode(from.properties)) to.properties = entries(from.properties);
  if (isNode(from.items)) to.items = node(from.items);
  const values = from.additionalProperties;
  if (isNode(values) && Object.keys(values).length > 0) to.additionalProperties = node(values);
  else delete to.additionalProperties;
  return sorted(to);
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const entries = (properties: Node) =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, node(value as Node)]));

function intOrString({ anyOf, ...rest }: Node): Node {
  const [integer, string, ...more] = anyOf as Node[];
  if (integer?.type !== 'integer' || string?.type !== 'string' || more.length > 0) {
    throw new Error(`only integers and strings can be alternatives, not ${JSON.stringify(anyOf)}`);
  }
  const { maxLength } = string;
  return { ...rest, anyOf: undefined, maxLength, 'x-kubernetes-int-or-string': true };
}

function integer({ minimum, maximum }: Node): Node {
  const bound = (value: unknown) =>
    Math.abs(value as number) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  const format = typeof maximum === 'number' && maximum < 2 ** 31 ? 'int32' : 'int64';
  return { format, minimum: bound(minimum), maximum: bound(maximum) };
}

function sorted(from: Node): Structural {
  const rank = (key: string) => {
    const first = ORDER.indexOf(key);
    return first >= 0 ? first : ORDER.length + LAST.indexOf(key);
  };
  const kept = Object.entries(from).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.sort(([a], [b]) => rank(a) - rank(b)));
}
