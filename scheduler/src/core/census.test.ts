import { expect, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';
import { census } from './census.ts';

test('nobody is there while the only client is cut off, and its work goes on', () => {
  const all = scenario().client().worker('w1');
  expect(census(all.state)).toMatchObject({ clients: 1, idleSince: undefined });
  all.submit('x').cutOff();
  expect(census(all.state)).toMatchObject({ clients: 0, idleSince: undefined });
  all.finish('x');
  expect(census(all.state).idleSince).toBeTypeOf('number');
  all.comeBack();
  expect(census(all.state)).toMatchObject({ clients: 1, idleSince: undefined, tasks: { held: 1 } });
});
