// How a contender in TypeScript is asked (`--mode M --work W --size N`) and answers (a JSON line per measurement).
import { readSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parseArgs } from 'node:util';

export interface Question {
  readonly mode: string;
  readonly work: string;
  readonly size: number;
}

export function question(): Question {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: '' },
      work: { type: 'string', default: '' },
      size: { type: 'string', default: '' },
    },
  });
  const size = Number(values.size);
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`--size ${JSON.stringify(values.size)} is no count: pass a whole number from 1 up`);
  }
  return { mode: values.mode, work: values.work, size };
}

const say = (line: unknown): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

export const about = (versions: Readonly<Record<string, string>>): void => say({ about: versions });
export const figure = (metric: string, value: number): void => say({ metric, value });
export const unable = (metric: string, because: string): void => say({ unable: metric, because });

/**
 * Waits until whoever measures has made memory fresh (bench/memory.ts), as close before a measurement as can be. Where nobody does,
 * as when a contender is run by hand, there is nothing to wait for.
 */
export function freshMemory(): void {
  // Asking process.stdin would make reading it return at once.
  if (isatty(0)) return;
  say({ wants: 'memory' });
  readSync(0, Buffer.alloc(1));
}

/** A table of works is complete when what it lacks is said, not skipped. */
export function workOf<T>(works: Readonly<Record<string, T>>, name: string): T {
  const work = works[name];
  if (work === undefined)
    throw new RangeError(`no work ${JSON.stringify(name)}: choose ${Object.keys(works).join(', ')}`);
  return work;
}

/** Seconds that an action took, and its answer. */
export async function timed<T>(action: () => PromiseLike<T> | T): Promise<{ seconds: number; answer: T }> {
  const began = performance.now();
  const answer = await action();
  return { seconds: (performance.now() - began) / 1000, answer };
}
