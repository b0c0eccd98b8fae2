import type { KindedBinary } from './binary.ts';
import { elementBytes, Kind, memoryOf, startOf } from './binary.ts';
import { BLOCK_BYTES } from './limits.ts';

/** Where the bytes of one binary object are: `owned` when their ArrayBuffer is to be one of its own again, for which they are copied once. */
export interface BinaryPlace {
  readonly buffer: number;
  readonly offset: number;
  readonly length: number;
  readonly owned: boolean;
}
export interface PlacedBinaries {
  /** Beside the binaries, in their order. */
  readonly places: readonly BinaryPlace[];
  readonly buffers: readonly Uint8Array[];
}

interface Run {
  memory: ArrayBufferLike;
  start: number;
  end: number;
  owned: boolean;
  aligned: boolean;
  readonly members: number[];
}

/**
 * Binaries that overlap in memory are sent as one buffer, so that they go on sharing it; nothing outside them is sent,
 * so that a Buffer in Node's pool does not bring the pool along.
 */
export function placeBinaries(binaries: readonly KindedBinary[]): PlacedBinaries {
  const places: BinaryPlace[] = [];
  const buffers: Uint8Array[] = [];
  for (const run of runsOf(binaries)) {
    const start = run.aligned ? run.start : run.start - (run.start % 8);
    const owned = run.owned || isSmallWhole(run);
    for (const member of run.members) {
      const { binary } = binaries[member]!;
      const offset = startOf(binary) - start;
      places[member] = { buffer: buffers.length, offset, length: binary.byteLength, owned };
    }
    buffers.push(new Uint8Array(run.memory, start, run.end - start));
  }
  return { places, buffers };
}

/** Who has such an array may read on by its `buffer`, which is nothing but its bytes. Large ones are not worth a copy. */
function isSmallWhole({ memory, start, end }: Run): boolean {
  return end - start < BLOCK_BYTES && end - start === memory.byteLength;
}

function runsOf(binaries: readonly KindedBinary[]): Run[] {
  if (binaries.length === 1) return [runOf(binaries, 0)];
  const byMemory = new Map<ArrayBufferLike, number[]>();
  binaries.forEach(({ binary }, index) => {
    const memory = memoryOf(binary);
    const group = byMemory.get(memory);
    if (group === undefined) byMemory.set(memory, [index]);
    else group.push(index);
  });
  return [...byMemory.values()].flatMap((group) => mergeOverlaps(binaries, group));
}

function mergeOverlaps(binaries: readonly KindedBinary[], group: number[]): Run[] {
  group.sort((a, b) => startOf(binaries[a]!.binary) - startOf(binaries[b]!.binary));
  const runs: Run[] = [];
  for (const index of group) {
    const next = runOf(binaries, index);
    const last = runs.at(-1);
    if (last === undefined || next.start >= last.end) runs.push(next);
    else extend(last, next, elementBytes(binaries[index]!.kind));
  }
  return runs;
}

function runOf(binaries: readonly KindedBinary[], index: number): Run {
  const { binary, kind } = binaries[index]!;
  const start = startOf(binary);
  return {
    memory: memoryOf(binary),
    start,
    end: start + binary.byteLength,
    owned: kind === Kind.arrayBuffer,
    aligned: true,
    members: [index],
  };
}

function extend(run: Run, next: Run, size: number): void {
  run.end = Math.max(run.end, next.end);
  run.owned ||= next.owned;
  run.aligned &&= (next.start - run.start) % size === 0;
  run.members.push(...next.members);
}

export function overlaps(binaries: readonly KindedBinary[]): boolean {
  return runsOf(binaries).length < binaries.length;
}
