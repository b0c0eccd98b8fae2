import { expect, test } from 'vitest';
import { Packages } from './packages.ts';

const lodash = { name: 'lodash', version: '4.17.21' };
const matrix = { name: 'ml-matrix', version: '6.12.0' };
const none = { workers: 2, lacking: [] };
const lacks = (...packages: object[]) => ({
  workers: 2,
  lacking: [{ image: 'lab:1', groups: ['default'], workers: 2, packages }],
});

function asking(...answers: unknown[]) {
  const asked: string[] = [];
  const warned: string[] = [];
  const packages = new Packages(
    async (list) => {
      asked.push(list.map(({ name }) => name).join());
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    (message) => warned.push(message),
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { packages, asked, warned, settled };
}

test('names what is lacking, and the two lines that add it', async () => {
  const { packages, warned, settled } = asking(lacks({ ...lodash, has: '3.0.0' }, matrix));
  packages.used('score', [lodash, matrix]);
  await settled();
  expect(warned).toEqual([
    [
      'score uses lodash@4.17.21, ml-matrix@6.12.0, and the image lab:1 of 2 workers (default) lacks ml-matrix@6.12.0 and has lodash@3.0.0 instead of 4.17.21. An image that has what it needs:',
      '  FROM lab:1',
      '  RUN --mount=from=docker.io/library/node:24-bookworm-slim,source=/usr/local/lib/node_modules/npm,target=/npm node /npm/bin/npm-cli.js install --prefix /app ml-matrix@6.12.0 lodash@4.17.21',
    ].join('\n'),
  ]);
});

test('asks of each package once, whichever function uses it', async () => {
  const { packages, asked, settled } = asking(none, none);
  const list = [lodash];
  packages.used('f', list);
  packages.used('f', list);
  packages.used('g', [lodash, matrix]);
  packages.used('h', [matrix]);
  await settled();
  expect(asked).toEqual(['lodash', 'ml-matrix']);
});

test('asks again when workers come, if none was there', async () => {
  const { packages, asked, warned, settled } = asking({ workers: 0, lacking: [] }, lacks(lodash));
  packages.used('f', [lodash]);
  await settled();
  packages.workersChanged();
  await settled();
  packages.workersChanged();
  await settled();
  expect([asked, warned.length]).toEqual([['lodash', 'lodash'], 1]);
});

test('says nothing of its own packages, of unversioned ones, nor when nobody can answer', async () => {
  const { packages, asked, warned, settled } = asking(new Error('gone'), 'no such question');
  packages.used('f', [
    { name: '@taskloom/client', version: '0.1.0' },
    { name: 'linked', version: '' },
  ]);
  packages.used('g', [lodash]);
  packages.used('h', [matrix]);
  await settled();
  expect([asked, warned]).toEqual([['lodash', 'ml-matrix'], []]);
});
