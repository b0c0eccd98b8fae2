// The command line of `npm run bench:kubernetes`.
import { parseArgs } from 'node:util';
import { chosen, positive, REPETITIONS } from '../options.ts';
import { type Extent, PLANS, WORKS } from './plans.ts';

export interface Options extends Extent {
  /** Only a whole run says what the report claims: a narrowed one is printed, not kept. */
  readonly narrowed: boolean;
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      repetitions: { type: 'string', default: String(REPETITIONS) },
      'idle-minutes': { type: 'string', default: String(PLANS.fleet.size) },
    },
  });
  const repetitions = positive('--repetitions', values.repetitions);
  const idleMinutes = positive('--idle-minutes', values['idle-minutes']);
  return {
    works: chosen('--only', values.only, WORKS),
    repetitions,
    idleMinutes,
    narrowed: values.only !== undefined || repetitions < REPETITIONS || idleMinutes < PLANS.fleet.size,
  };
}
