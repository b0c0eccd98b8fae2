/** What a storm runs: small functions with answers that a loop would give as well. */
import { context } from '@taskloom/client';

const MODULUS = 1_000_003;

export interface Made {
  readonly number: number;
  /** Makes the result larger than what rides along with the news. */
  readonly load?: Uint8Array;
}

export const next = (number: number, by: number): number => (number * 7 + by) % MODULUS;
export const total = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => (sum + number) % MODULUS, 0);

export function made(number: number, bytes = 0): Made {
  return bytes === 0 ? { number } : { number, load: new Uint8Array(bytes).fill(number % 251) };
}

export function isWhole({ number, load }: Made): boolean {
  return load === undefined || load.every((byte) => byte === number % 251);
}

/** Keeps its thread busy for so long. */
export function add(a: Made, b: Made, busyMs: number, bytes: number): Made {
  for (const end = performance.now() + busyMs; performance.now() < end; );
  return made(next(a.number, b.number), bytes);
}

export async function later(a: Made, ms: number): Promise<Made> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return made(next(a.number, 1));
}

export const stepped = (a: Made, by: number): Made => made(next(a.number, by));
export const summed = (all: readonly Made[]): Made => made(total(all.map(({ number }) => number)));

export function throwing(_: Made): Made {
  throw new Error('thrown');
}

export function secondTime(a: Made): Made {
  if (context().attempt === 0) throw new Error('the first time');
  return made(next(a.number, 2));
}

export function endless(): Made {
  for (;;);
}
