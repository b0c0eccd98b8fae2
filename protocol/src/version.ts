import { readFileSync } from 'node:fs';

/** The version of this package, which peers name when they tell each other what to upgrade. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
