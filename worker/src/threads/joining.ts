/** Blocks of results that follow each other as one: all that comes costs by the block. */
import { BLOCK_BYTES, joinBlocks } from '@taskloom/protocol/values';

/** What a block takes up in one of many, beside its bytes, at most. */
const JOINT_BYTES = 32;

export interface Joining<B> {
  bytesOf(block: B): Uint8Array;
  follows(block: B, last: B): boolean;
  /** Those of a run as the one that these bytes are. */
  whole(run: readonly B[], bytes: Uint8Array): B;
}

/** As many are one as a block may have. */
export function joined<B>(blocks: readonly B[], { bytesOf, follows, whole }: Joining<B>): readonly B[] {
  if (blocks.length < 2) return blocks;
  const all: B[] = [];
  let run: B[] = [];
  let size = 0;
  const close = () => {
    const bytes = run.length > 1 ? joinBlocks(run.map(bytesOf)) : undefined;
    if (bytes) all.push(whole(run, bytes));
    else all.push(...run);
    run = [];
    size = 0;
  };
  for (const block of blocks) {
    const last = run.at(-1);
    const more = bytesOf(block).length + JOINT_BYTES;
    if (last && (!follows(block, last) || size + more > BLOCK_BYTES)) close();
    run.push(block);
    size += more;
  }
  close();
  return all;
}

export function total<K extends string>(run: readonly { readonly [key in K]: number }[], what: K): number {
  return run.reduce((sum, block) => sum + block[what], 0);
}
