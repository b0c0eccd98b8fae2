/** Between the words of the core and the flat arrays that are posted. */
import { partOf } from '@taskloom/protocol/values';
import type { Report, ReportedBlock, ThreadOrder } from '../core/index.ts';
import { type Joining, joined, total } from './joining.ts';
import type { Mirror } from './mirror.ts';
import { BLOCK_WIDTH, ERROR_WIDTH, type FromThread, MISSING_WIDTH, padded, THREAD_WHY } from './wire.ts';

export function packOrders(orders: readonly ThreadOrder[], mirror: Mirror, numbers: number[]): void {
  for (const { order, fn, batch, first, count, attempt, concurrency, args, inputs } of orders) {
    numbers.push(
      order,
      mirror.function(fn),
      batch,
      first,
      count,
      attempt,
      concurrency,
      args.length,
      inputs.length,
    );
    for (const block of args) numbers.push(mirror.block(block.id, block.content), block.first);
    for (const { task, count, block, batch, index } of inputs) {
      numbers.push(task, count, block ? mirror.block(block.id, block.content) : 0, batch, index);
    }
  }
}

/** Results that came together are kept and dropped apart: each gets its own memory, but where that is small change. */
const SMALL_PACK_BYTES = 16 * 1024;

type Unpacked = { -readonly [K in keyof Report]: Report[K][number][] };

/** What a thread has reported since it was heard last. */
export function unpackReports(messages: readonly FromThread[]): Report {
  const report: Unpacked = { blocks: [], errors: [], missing: [] };
  for (const message of messages) unpack(message, report);
  if (messages.length > 1) report.blocks = [...joined(report.blocks, neighbours)];
  return report;
}

function unpack({ blocks, pack, large, errors, errorBytes, missing }: FromThread, report: Unpacked): void {
  let at = 0;
  let shared = 0;
  for (let i = 0; i < blocks.length; i += BLOCK_WIDTH) {
    const bytes = blocks[i + 4]!;
    const content = bytes === 0 ? (large[shared++] as Uint8Array) : part(pack, at, at + bytes);
    at += padded(bytes);
    report.blocks.push({
      order: blocks[i]!, first: blocks[i + 1]!, count: blocks[i + 2]!, micros: blocks[i + 3]!, content,
    }); // biome-ignore format: a record
  }
  for (let i = 0; i < errors.length; i += ERROR_WIDTH) {
    const [order, index, why, micros] = errors.slice(i, i + ERROR_WIDTH) as [number, number, number, number];
    report.errors.push({
      order,
      index,
      why: THREAD_WHY[why] ?? 'threw',
      micros,
      content: errorBytes[i / ERROR_WIDTH]!,
    });
  }
  for (let i = 0; i < missing.length; i += MISSING_WIDTH) {
    const [order, index] = missing.slice(i, i + MISSING_WIDTH) as [number, number];
    report.missing.push({ order, index });
  }
}

function part(pack: Uint8Array, start: number, end: number): Uint8Array {
  return pack.length <= SMALL_PACK_BYTES ? partOf(pack, start, end) : pack.slice(start, end);
}

/** What was left one by one, as far as it can be one. */
const neighbours: Joining<ReportedBlock> = {
  bytesOf: ({ content }) => content,
  follows: (block, last) => block.order === last.order && block.first === last.first + last.count,
  whole: (run, content) => ({
    ...run[0]!,
    count: total(run, 'count'),
    micros: total(run, 'micros'),
    content,
  }),
};
