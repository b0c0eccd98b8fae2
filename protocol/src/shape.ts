import type { z } from 'zod';
import { ProtocolError } from './errors.ts';

/** What a peer says of itself, `what` being its name for people. Throws ProtocolError 'bad-message', which begins with it. */
export function shaped<T>(schema: z.ZodType<T>, said: unknown, what: string): T {
  const result = schema.safeParse(said);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = [what, ...(issue?.path ?? [])].join('.');
  throw new ProtocolError('bad-message', `${where}: ${issue?.message}`);
}
