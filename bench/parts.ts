// RESULTS.md has a part for each benchmark, which begins with a heading of the first level: a run writes its own and keeps the others.
import { readFile, writeFile } from 'node:fs/promises';

const RESULTS = new URL('./RESULTS.md', import.meta.url);

export async function keep(part: string): Promise<void> {
  const before = await readFile(RESULTS, 'utf8').catch(() => '');
  await writeFile(RESULTS, withPart(before, part));
}

/** Where the part of this heading was, or at the end. */
export function withPart(before: string, part: string): string {
  const parts = before.split(/^(?=# )/m).filter((each) => each.trim() !== '');
  const place = parts.findIndex((each) => headingOf(each) === headingOf(part));
  parts.splice(place < 0 ? parts.length : place, 1, part);
  return parts.map((each) => `${each.trimEnd()}\n`).join('\n');
}

const headingOf = (part: string) => part.split('\n', 1)[0];
