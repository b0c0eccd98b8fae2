/**
 * The layout of a hot frame, little-endian, its start aligned to 4 bytes:
 *
 *   u8 kind | u8 columns C | u16 0 | u32 sections S | C x u32 entries of each column | S x u32 bytes of each section
 *   the columns, u32 each | the sections, each padded to 4 bytes
 *
 * Kind 0 is a control message: u8 0 | u8 0 | u16 0 | u32 1 | u32 bytes | msgpack map.
 *
 * 1. A message that was read has columns as long as its groups say, as many sections as its rows need, and offsets that rise
 *    and stay inside: who handles it may index without looking.
 */
import { ProtocolError } from './errors.ts';
import { exceeded, Limits } from './limits.ts';

/** Columns of one group have the same length. */
type Groups = Readonly<Record<string, readonly string[]>>;
type ColumnNames<G extends Groups> = G[keyof G][number];

export interface Shape<G extends Groups> {
  /** How many sections there are: `fixed`, and one for each row of the group `each`. */
  readonly fixed?: number;
  readonly each?: keyof G & string;
  /** Columns of offsets: row i has the rows from offset i to offset i + 1 of the group `into`. Empty: none has any. */
  readonly offsets?: Readonly<
    Record<string, { readonly into: keyof G & string; readonly of?: keyof G & string }>
  >;
}

export interface Hot<Op extends string, G extends Groups> {
  readonly kind: number;
  readonly op: Op;
  readonly groups: G;
  readonly columns: readonly string[];
  readonly shape: Shape<Groups>;
}
export type HotSpec = Hot<string, Groups>;
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
  shape: Shape<G> = {},
): Hot<Op, G> {
  return { kind, op, groups, columns: Object.values(groups).flat(), shape: shape as Shape<Groups> };
}

export type LooseMessage = { op: string; sections: readonly Uint8Array[] } & Record<string, unknown>;

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
if (!littleEndian) throw new Error('Taskloom needs a little-endian machine: its frames are views of memory');

/** Most columns of most messages are empty, and nobody writes to those that were read. */
const NO_ENTRIES = new Uint32Array(0);

const padded = (bytes: number) => (bytes + 3) & ~3;
const column = (message: LooseMessage, name: string) => message[name] as Uint32Array;

export function frameBytes(spec: HotSpec, message: LooseMessage): number {
  let words = 2 + spec.columns.length + message.sections.length;
  for (const name of spec.columns) words += column(message, name).length;
  let total = words * 4;
  for (const section of message.sections) total += padded(section.length);
  return total;
}

/** Writes a frame at `offset` (a multiple of 4) of `into`; `words` is the same memory. */
export function writeFrame(
  spec: HotSpec,
  message: LooseMessage,
  into: Uint8Array,
  words: Uint32Array,
  offset: number,
): void {
  const { columns } = spec;
  const { sections } = message;
  let at = offset >> 2;
  words[at++] = spec.kind | (columns.length << 8);
  words[at++] = sections.length;
  for (const name of columns) words[at++] = column(message, name).length;
  for (const section of sections) words[at++] = section.length;
  for (const name of columns) {
    const entries = column(message, name);
    words.set(entries, at);
    at += entries.length;
  }
  let byte = at * 4;
  for (const section of sections) {
    into.set(section, byte);
    byte += padded(section.length);
  }
}

/** Reads the frame that `bytes` is, all of it (`words` is the same memory); columns and sections are views. */
export function readFrame(spec: HotSpec, bytes: Uint8Array, words: Uint32Array): LooseMessage {
  const { columns } = spec;
  const sectionCount = words[1] as number;
  if ((words[0] as number) >>> 8 !== columns.length)
    throw bad(spec, 'has other columns than this version knows');
  if (sectionCount > Limits.frameSections) throw exceeded('frameSections', sectionCount);
  const message: LooseMessage = { op: spec.op, sections: [] };
  let word = 2 + columns.length + sectionCount;
  for (let i = 0; i < columns.length; i++) {
    const entries = words[2 + i];
    if (entries === undefined || word + entries > words.length) throw bad(spec, 'is cut short');
    message[columns[i] as string] = entries === 0 ? NO_ENTRIES : words.subarray(word, word + entries);
    word += entries;
  }
  message.sections = readSections(spec, bytes, words, word * 4, sectionCount);
  checkShape(spec, message);
  return message;
}

function readSections(spec: HotSpec, bytes: Uint8Array, words: Uint32Array, start: number, count: number) {
  const sections: Uint8Array[] = [];
  const lengths = 2 + spec.columns.length;
  let byte = start;
  for (let i = 0; i < count; i++) {
    const length = words[lengths + i];
    if (length === undefined || byte + length > bytes.length) throw bad(spec, 'is cut short');
    sections.push(bytes.subarray(byte, byte + length));
    byte += padded(length);
  }
  if (byte !== bytes.length) throw bad(spec, `has ${bytes.length - byte} bytes too many`);
  return sections;
}

function checkShape(spec: HotSpec, message: LooseMessage): void {
  const { groups, shape } = spec;
  for (const group in groups) {
    const names = groups[group] as readonly string[];
    for (const name of names) {
      if (column(message, name).length !== rowsOf(spec, message, group)) {
        throw bad(spec, `has uneven columns in ${group}`);
      }
    }
  }
  const sections = (shape.fixed ?? 0) + (shape.each ? rowsOf(spec, message, shape.each) : 0);
  if (message.sections.length !== sections) {
    throw bad(spec, `has ${message.sections.length} sections, ${sections} belong to it`);
  }
  for (const name in shape.offsets) checkOffsets(spec, message, name);
}

function checkOffsets(spec: HotSpec, message: LooseMessage, name: string): void {
  const offsets = column(message, name);
  const { into, of } = spec.shape.offsets![name]!;
  const end = rowsOf(spec, message, into);
  if (offsets.length === 0 && end === 0) return;
  const rows = of ? rowsOf(spec, message, of) : offsets.length - 1;
  let rising = offsets[0] === 0 && offsets.length === rows + 1 && offsets[rows] === end;
  for (let i = 0; i < rows && rising; i++) rising = (offsets[i] as number) <= (offsets[i + 1] as number);
  if (!rising) throw bad(spec, `has a ${name} that does not divide ${into}`);
}

function rowsOf(spec: HotSpec, message: LooseMessage, group: string): number {
  return column(message, spec.groups[group]![0] as string).length;
}

function bad(spec: HotSpec, what: string): ProtocolError {
  return new ProtocolError('bad-frame', `the ${spec.op} frame ${what}`);
}
