/**
 * Function code and captured values, by hash.
 *
 * 1. A client sends each hash once, so what it sent stays until it says that it no longer counts on it, or leaves; and while a batch is
 *    there that names it, of which results may have to be computed again.
 * 2. `codes` of a worker are what it has once it has read its orders: what is forgotten is taken from there and the worker told in one.
 */
import type { FunctionRef } from '@taskloom/protocol';
import { own } from './bytes.ts';
import { type Client, ordersFor, type State } from './state.ts';

export interface Code {
  readonly hash: string;
  readonly bytes: Uint8Array;
  /** Clients that count on it, and batches that name it. */
  users: number;
}

const NO_CODES: readonly Code[] = [];

export function codeCame(s: State, client: Client, hash: string, bytes: Uint8Array): void {
  if (client.codes.has(hash)) return;
  const code = s.codes.get(hash) ?? { hash, bytes: own(bytes), users: 0 };
  s.codes.set(hash, code);
  code.users++;
  client.codes.set(hash, code);
}

/** The client no longer counts on it. */
export function codeLetGo(s: State, client: Client, hash: string): void {
  const code = client.codes.get(hash);
  if (!code) return;
  client.codes.delete(hash);
  releaseCodes(s, [code]);
}

/** What a function is made of, sources first. */
export function codesOf(s: State, { graph, sources }: FunctionRef): readonly Code[] {
  const codes = [...sources, graph].flatMap((hash) => s.codes.get(hash) ?? []);
  return codes.length > 0 ? codes : NO_CODES;
}

/** A batch names them. */
export function useCodes(codes: readonly Code[]): void {
  for (const code of codes) code.users++;
}

export function releaseCodes(s: State, codes: Iterable<Code>): void {
  for (const code of codes) if (--code.users === 0) forgetCode(s, code);
}

function forgetCode(s: State, { hash, bytes }: Code): void {
  s.codes.delete(hash);
  for (const worker of s.workers.values())
    if (worker.codes.delete(hash)) ordersFor(s, worker).forgetCode(hash, bytes.length);
}
