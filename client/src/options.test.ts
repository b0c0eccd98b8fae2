import { packMap, TaskOptions, unpackMap } from '@taskloom/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError } from './errors.ts';
import { checkOptions, type SubmitOptions } from './options.ts';

const names = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('x'.repeat(4096), '__proto__'));
const edges = fc.constantFrom(0, 1, 1024, 1025, 2 ** 32 - 1, 2 ** 32, 2 ** 53, Infinity, -1, Number.NaN);
/** Mostly what can be meant. */
const mostly = (meant: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 80, arbitrary: meant },
    { weight: 1, arbitrary: edges },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), edges) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom('', 'x'.repeat(4097)), { maxLength: 1 }) },
    { weight: 1, arbitrary: fc.anything() },
  );
const said = fc.record(
  {
    key: mostly(names),
    retries: mostly(fc.nat()),
    timeoutMs: mostly(fc.double({ min: 1e-9, noNaN: true, noDefaultInfinity: true })),
    priority: mostly(fc.double({ noNaN: true, noDefaultInfinity: true })),
    resources: mostly(fc.dictionary(names, fc.nat())),
    workers: mostly(fc.array(names, { minLength: 1 })),
    concurrency: mostly(fc.integer({ min: 1, max: 1024 })),
  },
  { requiredKeys: [] },
);

describe('options', () => {
  it('that are accepted are accepted by the scheduler, just so', () => {
    let accepted = 0;
    const property = fc.property(said, said, (first, second) => {
      let checked: ReturnType<typeof checkOptions>;
      try {
        checked = checkOptions(second as SubmitOptions, checkOptions(first as SubmitOptions));
      } catch (error) {
        if (error instanceof ClientError) return;
        throw error;
      }
      accepted++;
      const sent = unpackMap(packMap(checked.task));
      expect(TaskOptions.parse(sent)).toEqual(sent);
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(accepted).toBeGreaterThan(100);
  });

  const tooMany = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`r${at}`, 1]));
  const refused: [string, object, string][] = [
    ['no number', { timeoutMs: Number.NaN }, 'timeoutMs must be a finite number above 0, got NaN'],
    ['an endless amount', { resources: { a: Infinity } }, 'resources must be an object of amounts'],
    [
      'a resource named __proto__',
      { resources: JSON.parse('{"__proto__":1}') },
      'resources must be an object',
    ],
    ['too many resources', { resources: tooMany }, 'more than namesListed (4096)'],
    [
      'a long name of a resource',
      { resources: { ['x'.repeat(5_000)]: 1 } },
      'more than textCharacters (4096)',
    ],
    ['too many workers', { workers: Array(5_000).fill('w') }, 'more than namesListed (4096)'],
    ['a long name of a worker', { workers: ['x'.repeat(5_000)] }, 'more than textCharacters (4096)'],
    ['no worker', { workers: [] }, 'workers must be a list of names of workers'],
    ['much in all', { workers: Array(4_000).fill('x'.repeat(4_000)) }, 'optionBytes is 1048576, got'],
    [
      'too many at once',
      { concurrency: 1025 },
      'concurrency must be a whole number from 1 to 1024, got 1025',
    ],
  ];
  it.each(refused)('are refused by the name of the limit: %s', (_, options, message) => {
    const check = () => checkOptions(options as SubmitOptions);
    expect(check).toThrow(ClientError);
    expect(check).toThrow(message);
    expect(check).not.toThrow('x'.repeat(300));
  });

  it('are copied', () => {
    const workers = ['a'];
    const { task } = checkOptions({ workers });
    workers.push('b');
    expect(task.workers).toEqual(['a']);
  });
});
