// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { CONTENDERS, WORKS } from './table.ts';

export interface Options {
  readonly works: readonly string[];
  readonly contenders: readonly string[];
  readonly repetitions: number;
  readonly minutes: number;
  /** Shrinks every size: for trying the benchmark out, not for figures. */
  readonly scale: number;
  /** Only a whole run says what the report claims: a narrowed one is printed, not kept. */
  readonly narrowed: boolean;
}

/** Of each work, in a whole run. */
export const REPETITIONS = 5;

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      repetitions: { type: 'string', default: String(REPETITIONS) },
      minutes: { type: 'string', default: '19' },
      scale: { type: 'string', default: '1' },
    },
  });
  const repetitions = positive('--repetitions', values.repetitions);
  const scale = positive('--scale', values.scale);
  return {
    works: chosen('--only', values.only, WORKS),
    contenders: chosen(
      '--contenders',
      values.contenders,
      CONTENDERS.map(({ name }) => name),
    ),
    repetitions,
    minutes: positive('--minutes', values.minutes),
    scale,
    narrowed:
      values.only !== undefined ||
      values.contenders !== undefined ||
      repetitions < REPETITIONS ||
      scale !== 1,
  };
}

export function chosen<T extends string>(
  option: string,
  list: string | undefined,
  from: readonly T[],
): readonly T[] {
  if (list === undefined) return from;
  return list.split(',').map((name) => {
    const known = from.find((each) => each === name.trim());
    if (known !== undefined) return known;
    throw new RangeError(`${option} knows no ${JSON.stringify(name)}: choose from ${from.join(', ')}`);
  });
}

export function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`${option} ${JSON.stringify(text)} is no positive number`);
  return value;
}
