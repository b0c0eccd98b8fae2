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
import { Form } from './form.ts';
import { exceeded, Limits } from './limits.ts';
import { IN_HEAP_BYTES } from './values/in-heap.ts';

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

/** The same by the places of columns, so that reading a frame compares no names. */
interface Places {
  /** For each column, the first of its group. */
  readonly leads: readonly number[];
  /** The first column of the group that has a section for each row; -1 where none has. */
  readonly each: number;
  readonly offsets: readonly {
    readonly name: string;
    readonly at: number;
    readonly into: number;
    readonly of: number;
  }[];
}

export interface Hot<Op extends string, G extends Groups> {
  readonly kind: number;
  readonly op: Op;
  readonly groups: G;
  readonly shape: Shape<Groups>;
  readonly columns: readonly string[];
  readonly places: Places;
  readonly form: Form;
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
  const columns = Object.values(groups).flat();
  const places = placesIn(groups, columns, shape as Shape<Groups>);
  return { kind, op, groups, shape: shape as Shape<Groups>, columns, places, form: new Form(op, columns) };
}

function placesIn(groups: Groups, columns: readonly string[], { each, offsets = {} }: Shape<Groups>): Places {
  const lead = (group: string | undefined) =>
    group === undefined ? -1 : columns.indexOf(groups[group]![0]!);
  return {
    leads: Object.keys(groups).flatMap((group) => groups[group]!.map(() => lead(group))),
    each: lead(each),
    offsets: Object.entries(offsets).map(([name, { into, of }]) => {
      return { name, at: columns.indexOf(name), into: lead(into), of: lead(of) };
    }),
  };
}

export type LooseMessage = { op: string; sections: readonly Uint8Array[] } & Record<string, unknown>;
type Columns = readonly Uint32Array[];

/** So short that a loop is faster than what copies any list; and that V8 keeps such a column in its own heap (values/in-heap.ts). */
const SHORT = IN_HEAP_BYTES / 4;

export function columnOf(entries: readonly number[]): Uint32Array {
  const { length } = entries;
  if (length > SHORT) return new Uint32Array(entries);
  const column = new Uint32Array(length);
  for (let i = 0; i < length; i++) column[i] = entries[i]!;
  return column;
}

/** The columns of so many rows whose cells stand row by row. Long ones are views of one piece of memory. */
export function columnsOf(cells: ArrayLike<number>, width: number, rows: number): Uint32Array[] {
  const columns: Uint32Array[] = new Array(width);
  const memory = rows > SHORT ? new ArrayBuffer(4 * width * rows) : undefined;
  for (let c = 0; c < width; c++) {
    const column = memory ? new Uint32Array(memory, 4 * c * rows, rows) : new Uint32Array(rows);
    for (let row = 0, from = c; row < rows; row++, from += width) column[row] = cells[from]!;
    columns[c] = column;
  }
  return columns;
}

/** The message with these columns, in the order of its declaration. */
export function messageOf<H extends HotSpec>(
  { form }: H,
  columns: Columns,
  sections: readonly Uint8Array[],
): MessageOf<H> {
  return form.message(columns, sections) as unknown as MessageOf<H>;
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
if (!littleEndian) throw new Error('Taskloom needs a little-endian machine: its frames are views of memory');

/** Most columns of most messages are empty, and nobody writes to those that were read. */
const NO_ENTRIES = new Uint32Array(0);

const padded = (bytes: number) => (bytes + 3) & ~3;
export function frameBytes(columns: Columns, sections: readonly Uint8Array[]): number {
  let words = 2 + columns.length + sections.length;
  for (let i = 0; i < columns.length; i++) words += columns[i]!.length;
  let total = words * 4;
  for (let i = 0; i < sections.length; i++) total += padded(sections[i]!.length);
  return total;
}

/** Writes a frame at `offset` (a multiple of 4) of `into`; `words` is the same memory. */
export function writeFrame(
  kind: number,
  columns: Columns,
  sections: readonly Uint8Array[],
  into: Uint8Array,
  words: Uint32Array,
  offset: number,
): void {
  let at = offset >> 2;
  words[at++] = kind | (columns.length << 8);
  words[at++] = sections.length;
  for (let i = 0; i < columns.length; i++) words[at++] = columns[i]!.length;
  for (let i = 0; i < sections.length; i++) words[at++] = sections[i]!.length;
  for (let i = 0; i < columns.length; i++) {
    const entries = columns[i]!;
    copy(entries, words, at);
    at += entries.length;
  }
  let byte = at * 4;
  for (let i = 0; i < sections.length; i++) {
    const section = sections[i]!;
    copy(section, into, byte);
    byte += padded(section.length);
  }
}

function copy<T extends Uint32Array | Uint8Array>(from: T, into: T, at: number): void {
  if (from.length > SHORT) into.set(from, at);
  else for (let i = 0; i < from.length; i++) into[at + i] = from[i]!;
}

/**
 * Reads the frame that is bytes [start, end) of an envelope, both multiples of 4 (`words` is the same memory); columns and sections
 * are views. They are made from the memory itself, which costs half of what `subarray` does.
 */
export function readFrame(
  spec: HotSpec,
  bytes: Uint8Array,
  words: Uint32Array,
  start: number,
  end: number,
): LooseMessage {
  const width = spec.columns.length;
  const head = start >> 2;
  const sectionCount = words[head + 1] as number;
  if ((words[head] as number) >>> 8 !== width) throw bad(spec, 'has other columns than this version knows');
  if (sectionCount > Limits.frameSections) throw exceeded('frameSections', sectionCount);
  const last = end >> 2;
  let word = head + 2 + width + sectionCount;
  if (word > last) throw bad(spec, 'is cut short');
  const columns: Uint32Array[] = new Array(width);
  for (let i = 0; i < width; i++) {
    const entries = words[head + 2 + i] as number;
    if (word + entries > last) throw bad(spec, 'is cut short');
    columns[i] =
      entries === 0 ? NO_ENTRIES : new Uint32Array(words.buffer, words.byteOffset + 4 * word, entries);
    word += entries;
  }
  const sections: Uint8Array[] = new Array(sectionCount);
  let byte = 4 * word;
  for (let i = 0; i < sectionCount; i++) {
    const length = words[head + 2 + width + i] as number;
    if (byte + length > end) throw bad(spec, 'is cut short');
    sections[i] = new Uint8Array(bytes.buffer, bytes.byteOffset + byte, length);
    byte += padded(length);
  }
  if (byte !== end) throw bad(spec, `has ${end - byte} bytes too many`);
  checkShape(spec, columns, sections);
  return spec.form.message(columns, sections);
}

function checkShape(spec: HotSpec, columns: Columns, sections: readonly Uint8Array[]): void {
  const { places, shape } = spec;
  const { leads, each, offsets } = places;
  for (let i = 0; i < columns.length; i++) {
    if (columns[i]!.length !== columns[leads[i]!]!.length)
      throw bad(spec, `has uneven columns in ${groupOf(spec, i)}`);
  }
  const due = (shape.fixed ?? 0) + (each < 0 ? 0 : columns[each]!.length);
  if (sections.length !== due) throw bad(spec, `has ${sections.length} sections, ${due} belong to it`);
  for (let i = 0; i < offsets.length; i++) checkOffsets(spec, columns, offsets[i]!);
}

function checkOffsets(
  spec: HotSpec,
  columns: Columns,
  { name, at, into, of }: Places['offsets'][number],
): void {
  const offsets = columns[at]!;
  const end = columns[into]!.length;
  if (offsets.length === 0 && end === 0) return;
  const rows = of < 0 ? offsets.length - 1 : columns[of]!.length;
  let rising = offsets[0] === 0 && offsets.length === rows + 1 && offsets[rows] === end;
  for (let i = 0; i < rows && rising; i++) rising = (offsets[i] as number) <= (offsets[i + 1] as number);
  if (!rising) throw bad(spec, `has a ${name} that does not divide ${groupOf(spec, into)}`);
}

function groupOf(spec: HotSpec, column: number): string {
  const name = spec.columns[column]!;
  return Object.keys(spec.groups).find((group) => spec.groups[group]!.includes(name))!;
}

function bad(spec: HotSpec, what: string): ProtocolError {
  return new ProtocolError('bad-frame', `the ${spec.op} frame ${what}`);
}
