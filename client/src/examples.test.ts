import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as exported from './index.ts';

const sources = fileURLToPath(new URL('.', import.meta.url));

interface Example {
  /** What the docstring belongs to: an exported name, or a line of one. */
  readonly of: string;
  readonly code: string;
  /** What its comments behind `console.log` say. */
  readonly says: readonly string[];
}

function examplesIn(text: string): Example[] {
  const docstrings = text.matchAll(/\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*?@example\n[\s\S]*?)\*\/\n(?<next>.*)/g);
  return [...docstrings].map(({ groups }) => {
    const code = groups!.doc!.split('@example\n')[1]!.replaceAll(/^ *\* ?/gm, '');
    const says = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => said!);
    const next = groups!.next!.trim();
    return { of: /^export .*?(?:class|function|const) (\w+)/.exec(next)?.[1] ?? next, code, says };
  });
}

const paths = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  // Those need a Kubernetes with nodes.
  .filter((path) => !path.startsWith('kubernetes'))
  .concat('../../worker/src/context.ts');
const examples = paths.flatMap((path) => examplesIn(readFileSync(join(sources, path), 'utf8')));

describe('docstrings', () => {
  it('are there for everything that is exported, types too', () => {
    const lists = readFileSync(join(sources, 'index.ts'), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm);
    const names = [...lists].flatMap(([, list]) => list!.match(/\w+(?=\s*(?:,|$))/g) ?? []);
    const texts = paths.map((path) => readFileSync(join(sources, path), 'utf8')).join('');
    const told = (name: string) =>
      new RegExp(`\\*/\\nexport (?:interface|type|class|const|function) ${name}\\b`).test(texts);
    expect(names).toEqual(expect.arrayContaining([...Object.keys(exported), 'SubmitOptions']));
    expect(names.filter((name) => !told(name))).toEqual([]);
  });
});

describe('the examples in docstrings', () => {
  it('are there for everything that is exported', () => {
    expect(examples.map(({ of }) => of)).toEqual(expect.arrayContaining(Object.keys(exported)));
  });

  it.each(examples)('$of says what it says it says', async ({ code, says }) => {
    expect(says.length).toBeGreaterThan(0);
    const flags = ['--conditions=taskloom-source', '--input-type=module-typescript', '--eval', code];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: sources });
    expect(stdout.trimEnd().split('\n')).toEqual(says);
  });
});
