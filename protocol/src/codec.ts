/** Messages to bytes and back. Whatever one peer says in one turn is one envelope: u32 length, frame, u32 length, frame, ... */
import { Packr, Unpackr } from 'msgpackr';
import { ProtocolError } from './errors.ts';
import { frameBytes, readFrame, writeFrame } from './frame.ts';
import { exceeded, Limits } from './limits.ts';
import { ControlMessage, HOT, type HotMessage, type Message } from './messages.ts';

type Spec = Parameters<typeof writeFrame>[0];
type Loose = Parameters<typeof writeFrame>[1];

const specByOp = new Map<string, Spec>(HOT.map((spec) => [spec.op, spec]));
const specByKind = new Map<number, Spec>(HOT.map((spec) => [spec.kind, spec]));

// No records and no extensions from the network: msgpackr compiles code for records.
const packer = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true });
const unpacker = new Unpackr({ useRecords: false, mapsAsObjects: true });

export function packMap(value: unknown): Uint8Array {
  return new Uint8Array(packer.pack(value));
}

/** Plain msgpack from a peer. Shape is checked by the caller's schema. */
export function unpackMap(bytes: Uint8Array): unknown {
  checkNesting(bytes);
  try {
    return unpacker.unpack(bytes);
  } catch (cause) {
    throw new ProtocolError('bad-frame', 'a msgpack map does not decode', { cause });
  }
}

/** A message ready to go: its size is known, and a control message is bytes already. */
export interface Sealed {
  readonly message: Message;
  readonly packed: Uint8Array | undefined;
  readonly bytes: number;
}

export function isHot(message: Message): message is HotMessage {
  return specByOp.has(message.op);
}

export function seal(message: Message): Sealed {
  const spec = specByOp.get(message.op);
  const packed = spec ? undefined : packMap(message);
  const bytes =
    4 + (spec ? frameBytes(spec, message as Loose) : 12 + (((packed as Uint8Array).length + 3) & ~3));
  if (bytes > Limits.frameBytes) throw exceeded('frameBytes', bytes);
  return { message, packed, bytes };
}

export function encodeEnvelope(sealed: readonly Sealed[]): Uint8Array {
  let total = 0;
  for (const one of sealed) total += one.bytes;
  const out = new Uint8Array(new ArrayBuffer(total));
  const words = new Uint32Array(out.buffer);
  let at = 0;
  for (const { message, packed, bytes } of sealed) {
    words[at >> 2] = bytes - 4;
    if (packed) writeControl(packed, out, words, at + 4);
    else writeFrame(specByOp.get(message.op) as Spec, message as Loose, out, at + 4);
    at += bytes;
  }
  return out;
}

function writeControl(packed: Uint8Array, out: Uint8Array, words: Uint32Array, at: number): void {
  words[(at >> 2) + 1] = 1;
  words[(at >> 2) + 2] = packed.length;
  out.set(packed, at + 12);
}

/** Throws ProtocolError 'bad-frame', 'bad-message' or 'limit-exceeded'. */
export function decodeEnvelope(received: Uint8Array): Message[] {
  const bytes = received.byteOffset % 4 === 0 ? received : received.slice();
  if (bytes.length % 4 !== 0) throw new ProtocolError('bad-frame', `an envelope of ${bytes.length} bytes`);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const messages: Message[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = words[at >> 2] as number;
    const end = at + 4 + length;
    if (length < 8 || length % 4 !== 0 || end > bytes.length) {
      throw new ProtocolError(
        'bad-frame',
        `a frame says it has ${length} bytes, ${bytes.length - at - 4} are there`,
      );
    }
    messages.push(decodeFrame(bytes.subarray(at + 4, end)));
    at = end;
  }
  return messages;
}

function decodeFrame(frame: Uint8Array): Message {
  const kind = frame[0] as number;
  if (kind === 0) return decodeControl(frame);
  const spec = specByKind.get(kind);
  if (!spec) throw new ProtocolError('bad-frame', `frames of kind ${kind} are unknown to this version`);
  return readFrame(spec, frame) as unknown as Message;
}

function decodeControl(frame: Uint8Array): ControlMessage {
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(8, true);
  if (length > frame.length - 12) throw new ProtocolError('bad-frame', 'a control message is cut short');
  const parsed = ControlMessage.safeParse(unpackMap(frame.subarray(12, 12 + length)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ProtocolError('bad-message', `${issue?.path.join('.') || 'message'}: ${issue?.message}`);
}

/**
 * Walks msgpack without building anything, so that a hostile nesting or a count that the bytes cannot hold is refused before
 * memory is spent on it. Extensions and 64-bit lengths have no place in control messages.
 */
function checkNesting(bytes: Uint8Array): void {
  const left: number[] = [];
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const need = (count: number) => {
    if (at + count > bytes.length) throw new ProtocolError('bad-frame', 'msgpack is cut short');
  };
  const enter = (entries: number) => {
    if (entries > Limits.controlEntries * 2) throw exceeded('controlEntries', entries);
    if (left.length >= Limits.controlDepth) throw exceeded('controlDepth', left.length + 1);
    left.push(entries);
  };
  do {
    need(1);
    const tag = view.getUint8(at++);
    const open = entriesOf(tag, view, at, need);
    at += open.skip;
    need(0);
    if (open.entries >= 0) enter(open.entries);
    else if (left.length > 0) left[left.length - 1]!--;
    while (left.length > 0 && left[left.length - 1]! <= 0) {
      left.pop();
      if (left.length > 0) left[left.length - 1]!--;
    }
  } while (left.length > 0);
}

/** How many bytes follow the tag, and how many values are nested in it (-1: it is no container). */
function entriesOf(tag: number, view: DataView, at: number, need: (count: number) => void) {
  if (tag <= 0x7f || tag >= 0xe0 || tag === 0xc0 || tag === 0xc2 || tag === 0xc3)
    return { skip: 0, entries: -1 };
  if (tag <= 0x8f) return { skip: 0, entries: (tag & 15) * 2 };
  if (tag <= 0x9f) return { skip: 0, entries: tag & 15 };
  if (tag <= 0xbf) return { skip: tag & 31, entries: -1 };
  const width = WIDTHS[tag];
  if (width === undefined)
    throw new ProtocolError('bad-frame', `msgpack type 0x${tag.toString(16)} is not allowed`);
  if (width > 0) return { skip: width, entries: -1 };
  need(-width);
  const length = width === -1 ? view.getUint8(at) : width === -2 ? view.getUint16(at) : view.getUint32(at);
  if (tag >= 0xde) return { skip: -width, entries: length * 2 };
  if (tag >= 0xdc) return { skip: -width, entries: length };
  need(-width + length);
  return { skip: -width + length, entries: -1 };
}

/** Bytes after the tag; negative: a length of that many bytes follows. */
const WIDTHS: Readonly<Record<number, number>> = {
  196: -1, 197: -2, 198: -4, 202: 4, 203: 8, 204: 1, 205: 2, 206: 4, 207: 8, 208: 1, 209: 2, 210: 4, 211: 8,
  217: -1, 218: -2, 219: -4, 220: -2, 221: -4, 222: -2, 223: -4,
}; // biome-ignore format: a table
