/** What each task of a simulation gives, decided by its name and place alone, so that it is the same wherever and whenever it runs. */

/** What a task does: `bad` throws now and then, however often it is tried, `flaky` at its first attempt; `stuck` never ends by itself. */
export type Kind = 'good' | 'bad' | 'flaky' | 'stuck';

export interface Part {
  readonly kind: Kind;
  /** Its value is too large to ride along with the news of it. */
  readonly large: boolean;
  readonly index: number;
}

export function nameOf({ kind, large }: Omit<Part, 'index'>): string {
  return large ? `${kind} large` : kind;
}

export function kindOf(name: string): Omit<Part, 'index'> {
  const [kind, large] = name.split(' ');
  return { kind: kind as Kind, large: large !== undefined };
}

/** A hash of all that the task has to do with (FNV-1a, Fowler, Noll and Vo). */
export function resultOf({ kind, index }: Part, inputs: readonly number[]): number {
  let hash = 2_166_136_261 ^ index;
  for (const letter of kind) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  for (const input of inputs) hash = Math.imul(hash ^ input, 16_777_619);
  return hash >>> 0;
}

/** Whether this attempt (retries and deaths before it) throws. */
export function throws({ kind, index }: Part, attempt: number): boolean {
  return (kind === 'bad' && index % 3 === 0) || (kind === 'flaky' && attempt === 0);
}

export function errorOf(part: Part): string {
  return `${nameOf(part)}[${part.index}]`;
}

/** More than rides along. */
const LARGE_BYTES = 64 * 1024 + 4;

export function bytesOf(value: number, large: boolean): Uint8Array {
  const bytes = new Uint8Array(large ? LARGE_BYTES : 4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The value at `row` of a block: small ones stand together, a large one by itself. */
export function valueAt(block: Uint8Array, row: number): number {
  return new DataView(block.buffer, block.byteOffset, block.length).getUint32(4 * row, true);
}
