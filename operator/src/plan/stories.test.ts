import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stories } from '../testing/stories.ts';

const folder = join(import.meta.dirname, 'stories');
const fileOf = (title: string) => join(folder, `${title.replaceAll(',', '').replaceAll(' ', '-')}.txt`);

/** UPDATE=1 rewrites the transcripts; read what changed before you commit it. */
const UPDATE = process.env.UPDATE === '1';

describe('it goes as it went before:', () => {
  test.each(Object.entries(stories))('%s', (title, story) => {
    const told = `${title}\n\n${story().transcript.join('\n')}\n`;
    const file = fileOf(title);
    if (UPDATE) writeFileSync(file, told);
    expect(existsSync(file), `${file} is missing: make it with UPDATE=1`).toBe(true);
    expect(told).toBe(readFileSync(file, 'utf8'));
  });

  test('every transcript belongs to a story', () => {
    const files = Object.keys(stories).map(fileOf);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual(files.sort());
  });
});
