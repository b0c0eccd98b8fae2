/** Where the programs are that a local cluster starts. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClientError } from '../errors.ts';

export const fromSource = import.meta.url.endsWith('.ts');
const FOLDER = fileURLToPath(new URL(fromSource ? './' : '../processes/', import.meta.url));

/** A program by its name: from source as it stands; else as one file, as this is part of one. */
export function programOf(name: string): string {
  return `${FOLDER}${name}${fromSource ? '.ts' : '.js'}`;
}

/** Throws where a bundler has put this module into a file of its own, away from the programs. */
export function assertOwnFiles(): void {
  if (existsSync(programOf('worker-main'))) return;
  throw new ClientError(
    'start-failed',
    `the programs of a local cluster are not in ${FOLDER}: was @taskloom/client put into a bundle? Leave it out of that, as esbuild does with --packages=external`,
  );
}
