import { config, type core, locales, safeParse } from 'zod/mini';
import { ProtocolError } from './errors.ts';

// The small zod says what is wrong in a language only when it is given one.
config(locales.en());

/** What a peer says of itself, `what` being its name for people. Throws ProtocolError 'bad-message', which begins with it. */
export function shaped<T>(schema: core.$ZodType<T>, said: unknown, what: string): T {
  const result = safeParse(schema, said);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = [what, ...(issue?.path ?? [])].join('.');
  throw new ProtocolError('bad-message', `${where}: ${issue?.message}`);
}
