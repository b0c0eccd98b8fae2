/** The reference page of the resource, in Markdown. */
import { definition } from './definition.ts';
import { GROUP, KIND, VERSION } from './names.ts';
import type { Rule } from './rule.ts';
import type { Structural } from './structural.ts';

const HEAD = `# ${KIND}

\`${GROUP}/${VERSION}\`, short name \`tkc\`, category \`taskloom\`. This page is written by \`npm run generate\` from the schema in
\`operator/src/crd\`; \`kubectl explain ${KIND.toLowerCase()}.spec --recursive\` says the same.

\`\`\`yaml
apiVersion: ${GROUP}/${VERSION}
kind: ${KIND}
metadata: { name: malaria }
spec:
  workers: { replicas: 2 }
\`\`\`

No field is immutable: every change is carried out. What changes the pods of a group rolls that group, with drain; what changes the scheduler
waits until it has neither clients nor work. Rules are checked by the API server (Kubernetes 1.29 or newer), which says what to write instead.
`;

export function referencePage(): string {
  const { openAPIV3Schema } = definition().spec.versions[0]!.schema;
  const { spec, status } = openAPIV3Schema.properties!;
  return [
    HEAD,
    section('metadata', 'Names of children are made from the name of the cluster.', [
      rulesOf(openAPIV3Schema),
    ]),
    section('spec', spec!.description ?? '', table(spec!, 'spec')),
    section('status', status!.description ?? '', table(status!, 'status')),
  ].join('\n');
}

const section = (name: string, text: string, parts: readonly string[]) =>
  `## ${name}\n\n${[text, ...parts].join('\n\n')}\n`;

const TABLE = '| field | type | default | |\n|---|---|---|---|\n';

/** One table for each object; those of the same shape are described once. */
function table(root: Structural, path: string): string[] {
  const out: string[] = [];
  const seen = new Map<string, string>();
  const visit = (schema: Structural, at: string) => {
    const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
      const place = `${at}.${name}`;
      const inner = innerOf(field);
      const known = inner && seen.get(shape(inner));
      if (inner && !known) seen.set(shape(inner), place);
      const same = known ? ` As \`${known}\`.` : '';
      return row(name, field, schema.required?.includes(name) ?? false, same);
    });
    out.push(`### ${at}\n\n${TABLE}${rows.join('\n')}${ruleText(schema)}`);
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const inner = innerOf(field);
      if (inner && seen.get(shape(inner)) === `${at}.${name}`) visit(inner, `${at}.${name}`);
    }
  };
  visit(root, path);
  return out;
}

/** The object that a field is, or that its entries are. */
function innerOf(field: Structural): Structural | undefined {
  const object = field.items ?? field;
  return object.properties && Object.keys(object.properties).length > 0 ? object : undefined;
}
const shape = ({ properties }: Structural) => JSON.stringify(properties);

function row(name: string, field: Structural, required: boolean, same: string): string {
  const fallback = required ? '*required*' : code(field.default);
  const inner = field.items ?? field.additionalProperties;
  // Rules of an object stand under its own table.
  const rules = innerOf(field) ? [] : [...rulesIn(field), ...(inner ? rulesIn(inner) : [])];
  const text = [field.description ?? '', ...rules.map(sentence)].join(' ');
  return `| \`${name}\` | ${typeOf(field)} | ${fallback} | ${text}${same} |`;
}

const code = (value: unknown) => (value === undefined ? '' : `\`${JSON.stringify(value)}\``);
const rulesIn = (schema: Structural) => (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
const sentence = ({ message }: Rule) => `${message[0]?.toUpperCase()}${message.slice(1)}.`;
const rulesOf = (schema: Structural) =>
  rulesIn(schema)
    .map((rule) => `- ${sentence(rule)}`)
    .join('\n');
const ruleText = (schema: Structural) => (rulesIn(schema).length > 0 ? `\n\n${rulesOf(schema)}` : '');

function typeOf(field: Structural): string {
  if (field.enum) return field.enum.map(code).join(', ');
  if (field['x-kubernetes-int-or-string']) return 'amount';
  if (field.items) return `list of ${typeOf(field.items)}${most(field, 'maxItems', 'entries')}`;
  if (field.additionalProperties) return `map of ${typeOf(field.additionalProperties)}`;
  const { minimum, maximum } = field;
  if (minimum !== undefined && maximum !== undefined) return `${field.type} ${minimum}–${maximum}`;
  if (minimum !== undefined) return `${field.type} from ${minimum}`;
  return `${field.format === 'date-time' ? 'time' : field.type}${most(field, 'maxLength', 'characters')}`;
}
const most = (field: Structural, word: string, of: string) =>
  field[word] === undefined ? '' : `, at most ${field[word]} ${of}`;
