import { captureFunction } from '@taskloom/protocol/functions';
import { expect, it } from 'vitest';
import { Batch } from './batch.ts';
import type { CheckedOptions } from './options.ts';

const AT_MOST = 128 * 1024;
const TABLE = new Float64Array(AT_MOST);

class Row {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get first(): number | undefined {
    return TABLE[this.text.length];
  }
}

function batchOf(rows: readonly unknown[]): { blocks: number; bytes: number; told: number } {
  const image = captureFunction((row: Row) => row.first);
  const batch = new Batch(image, {} as CheckedOptions, { hooks: () => ({}), assertUsable: () => {} });
  const told = batch.add([rows], rows.length, { firstRow: 0, atMost: AT_MOST });
  return { blocks: batch.blocks.length, bytes: batch.bytes, told };
}

it('cuts blocks by what is of the rows, not by what their class closes over', () => {
  const small = batchOf(Array.from({ length: 100 }, (_, i) => new Row(`${i}`)));
  expect(small.blocks).toBe(1);
  expect(small.bytes).toBeGreaterThan(TABLE.byteLength);
  expect(small.told).toBeLessThan(AT_MOST);
  expect(batchOf([new Row('')]).told).toBeLessThan(1_000);
  expect(batchOf(Array.from({ length: 100 }, () => new Row('x'.repeat(2_000)))).blocks).toBe(2);
});
