import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Form } from './form.ts';

const columns = [Uint32Array.of(1), Uint32Array.of(2, 3)];
const sections = [Uint8Array.of(4)];
const form = new Form('example', ['first', 'rest']);

test('a message is made of its columns and has them', () => {
  const message = form.message(columns, sections);
  expect(message).toStrictEqual({ op: 'example', sections, first: columns[0], rest: columns[1] });
  expect(form.columns(message)).toStrictEqual(columns);
});

test('the order of the fields does not matter', () => {
  expect(form.columns({ rest: columns[1], sections, first: columns[0], op: 'example' })).toStrictEqual(
    columns,
  );
});

test('goes another way where no code may be made from text', () => {
  const program = `
    import { Form } from ${JSON.stringify(new URL('./form.ts', import.meta.url).href)};
    const form = new Form('example', ['first', 'rest']);
    const message = form.message([Uint32Array.of(1), Uint32Array.of(2, 3)], [Uint8Array.of(4)]);
    console.log(JSON.stringify([message.op, [...message.first], ...form.columns(message).map((each) => [...each])]));`;
  const flags = [
    '--disallow-code-generation-from-strings',
    '--input-type=module',
    '--disable-warning=ExperimentalWarning',
  ];
  const said = execFileSync(process.execPath, [...flags, '--eval', program], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual(['example', [1], [1], [2, 3]]);
});
