import { beforeEach, expect, test } from 'vitest';
import { Images } from './images.ts';

const needed = [
  { name: 'lodash', version: '4.17.21' },
  { name: 'ml-matrix', version: '6.12.0' },
];
const complete = { name: 'lab:2', packages: { lodash: '4.17.21', 'ml-matrix': '6.12.0', more: '1.0.0' } };
const bare = { name: 'taskloom:1', packages: { lodash: '3.0.0' } };

let images: Images;
beforeEach(() => {
  images = new Images();
});

test('workers that have everything lack nothing', () => {
  images.joined(1, 'default', complete);
  expect(images.answer(needed)).toEqual({ workers: 1, lacking: [] });
});

test('workers that lack the same are told of once, with their groups', () => {
  images.joined(1, 'default', bare);
  images.joined(2, 'gpu', bare);
  images.joined(3, 'gpu', bare);
  images.joined(4, 'other', complete);
  const [lodash, matrix] = needed;
  expect(images.answer(needed)).toEqual({
    workers: 4,
    lacking: [
      {
        image: 'taskloom:1',
        groups: ['default', 'gpu'],
        workers: 3,
        packages: [{ ...lodash, has: '3.0.0' }, matrix],
      },
    ],
  });
});

test('workers that run from no image, or are gone, are not asked', () => {
  images.joined(1, undefined, undefined);
  images.joined(2, undefined, bare);
  images.left(2);
  expect(images.answer(needed)).toEqual({ workers: 0, lacking: [] });
});

test('a package may be named like what objects inherit', () => {
  images.joined(1, undefined, { name: 'taskloom:1', packages: {} });
  const odd = [{ name: 'constructor', version: '1.0.0' }];
  expect(images.answer(odd).lacking[0]?.packages).toEqual(odd);
});
