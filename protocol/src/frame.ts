/**
 * The layout of a hot frame, little-endian, its start aligned to 4 bytes:
 *
 *   u8 kind | u8 columns C | u16 0 | u32 sections S | C x u32 entries of each column | S x u32 bytes of each section
 *   the columns, u32 each | the sections, each padded to 4 bytes
 *
 * Kind 0 is a control message: u8 0 | u8 0 | u16 0 | u32 1 | u32 bytes | msgpack map.
 */
import { ProtocolError } from './errors.ts';
import { exceeded, Limits } from './limits.ts';

/** Columns of one group have the same length. */
type Groups = Readonly<Record<string, readonly string[]>>;
type ColumnNames<G extends Groups> = G[keyof G][number];

export interface Hot<Op extends string, G extends Groups> {
  readonly kind: number;
  readonly op: Op;
  readonly groups: G;
  readonly columns: readonly string[];
}
export type MessageOf<H> =
  H extends Hot<infer Op, infer G>
    ? { readonly op: Op; readonly sections: readonly Uint8Array[] } & {
        readonly [K in ColumnNames<G>]: Uint32Array;
      }
    : never;

export function hot<const Op extends string, const G extends Groups>(
  kind: number,
  op: Op,
  groups: G,
): Hot<Op, G> {
  return { kind, op, groups, columns: Object.values(groups).flat() };
}

type Loose = { op: string; sections: readonly Uint8Array[] } & Record<string, unknown>;
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
if (!littleEndian) throw new Error('Taskloom needs a little-endian machine: its frames are views of memory');

const padded = (bytes: number) => (bytes + 3) & ~3;

export function frameBytes(spec: Hot<string, Groups>, message: Loose): number {
  let total = 8 + 4 * (spec.columns.length + message.sections.length);
  for (const name of spec.columns) total += (message[name] as Uint32Array).byteLength;
  for (const section of message.sections) total += padded(section.length);
  return total;
}

/** Writes a frame at `offset` (a multiple of 4) of `into`, whose own start is aligned; gives the offset after it. */
export function writeFrame(
  spec: Hot<string, Groups>,
  message: Loose,
  into: Uint8Array,
  offset: number,
): number {
  const { columns } = spec;
  const { sections } = message;
  const words = new Uint32Array(into.buffer, into.byteOffset + offset);
  words[0] = spec.kind | (columns.length << 8);
  words[1] = sections.length;
  let at = 2;
  for (const name of columns) words[at++] = (message[name] as Uint32Array).length;
  for (const section of sections) words[at++] = section.length;
  for (const name of columns) {
    const column = message[name] as Uint32Array;
    words.set(column, at);
    at += column.length;
  }
  let byte = offset + at * 4;
  for (const section of sections) {
    into.set(section, byte);
    byte += padded(section.length);
  }
  return byte;
}

/** Reads the frame that `bytes` is (aligned to 4), all of it; the columns and sections are views. */
export function readFrame(spec: Hot<string, Groups>, bytes: Uint8Array): Loose {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const sectionCount = words[1] as number;
  const columnCount = spec.columns.length;
  if ((words[0] as number) >>> 8 !== columnCount)
    throw bad(spec, 'has other columns than this version knows');
  if (sectionCount > Limits.frameSections) throw exceeded('frameSections', sectionCount);
  const message: Loose = { op: spec.op, sections: [] };
  let word = 2 + columnCount + sectionCount;
  for (let i = 0; i < columnCount; i++) {
    const entries = words[2 + i];
    if (entries === undefined || word + entries > words.length) throw bad(spec, 'is cut short');
    if (entries > Limits.columnEntries) throw exceeded('columnEntries', entries);
    message[spec.columns[i] as string] = words.subarray(word, word + entries);
    word += entries;
  }
  message.sections = readSections(spec, bytes, words, word * 4, sectionCount);
  checkGroups(spec, message);
  return message;
}

function readSections(
  spec: Hot<string, Groups>,
  bytes: Uint8Array,
  words: Uint32Array,
  start: number,
  count: number,
) {
  const sections: Uint8Array[] = [];
  let byte = start;
  for (let i = 0; i < count; i++) {
    const length = words[2 + spec.columns.length + i];
    if (length === undefined || byte + length > bytes.length) throw bad(spec, 'is cut short');
    sections.push(bytes.subarray(byte, byte + length));
    byte += padded(length);
  }
  return sections;
}

function checkGroups(spec: Hot<string, Groups>, message: Loose): void {
  for (const [group, names] of Object.entries(spec.groups)) {
    const length = (message[names[0] as string] as Uint32Array).length;
    for (const name of names) {
      if ((message[name] as Uint32Array).length !== length) throw bad(spec, `has uneven columns in ${group}`);
    }
  }
}

function bad(spec: Hot<string, Groups>, what: string): ProtocolError {
  return new ProtocolError('bad-frame', `the ${spec.op} frame ${what}`);
}
