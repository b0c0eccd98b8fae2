import { readFileSync } from 'node:fs';
import { ClientError } from '../errors.ts';
import type { TokenOptions } from './main.ts';

/** What was said, in a file, or in the environment; undefined when nowhere. */
export function tokenOf({ token, tokenFile }: TokenOptions): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw new ClientError('bad-option', 'say --token or --token-file, not both');
  }
  if (tokenFile === undefined) return token || process.env.TASKLOOM_TOKEN || undefined;
  try {
    const text = readFileSync(tokenFile, 'utf8').trim();
    if (text) return text;
  } catch (cause) {
    throw new ClientError('bad-option', `the token file cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new ClientError('bad-option', `the token file ${tokenFile} is empty`);
}

export function requiredToken(options: TokenOptions): string {
  const token = tokenOf(options);
  if (token) return token;
  throw new ClientError(
    'wrong-token',
    'a token is needed: set TASKLOOM_TOKEN to what the scheduler printed, or say --token or --token-file',
  );
}
