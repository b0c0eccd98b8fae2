/** helm as people use it, on the chart of this repository. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { tool } from '../kubernetes/kubectl.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
export const CHART = join(root, 'charts/taskloom');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly [field: string]: unknown;
}
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await tool('helm'), [...args], { cwd: root, maxBuffer: 16 << 20 });
  return stdout;
}

/** What a release named taskloom in the namespace taskloom-system would apply. */
export async function render(...values: readonly string[]): Promise<string> {
  const set = values.flatMap((value) => ['--set', value]);
  return helm('template', 'taskloom', CHART, '--namespace', 'taskloom-system', ...set);
}

export async function rendered(...values: readonly string[]): Promise<Manifest[]> {
  const documents = parseAllDocuments(await render(...values)).map((document) => document.toJS());
  return documents.filter((document) => document !== null);
}

const found = await helm('version').then(
  () => true,
  () => false,
);
if (!found) {
  const said = 'There is no helm, so the tests of the chart do not run: install it, https://helm.sh';
  if (process.env.CI === 'true') throw new Error(said);
  process.stderr.write(`\n*** ${said} ***\n\n`);
}

export const describeChart = describe.runIf(found);
