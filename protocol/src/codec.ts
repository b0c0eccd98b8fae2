/** Messages to bytes and back. Whatever one peer says in one turn is one envelope: u32 length, frame, u32 length, frame, ... */
import { ProtocolError } from './errors.ts';
import { frameBytes, type HotSpec, type LooseMessage, readFrame, writeFrame } from './frame.ts';
import { exceeded, Limits } from './limits.ts';
import { ControlMessage, HOT, type Message } from './messages.ts';
import { packMap, unpackMap } from './msgpack.ts';
import { shaped } from './shape.ts';
import { divide, isDivisible } from './split.ts';

const specByOp = new Map<string, HotSpec>(HOT.map((spec) => [spec.op, spec]));
const divisible = new Set<string>(HOT.filter(isDivisible).map((spec) => spec.op));
const specByKind: readonly (HotSpec | undefined)[] = Array.from({ length: 256 }, (_, kind) =>
  HOT.find((spec) => spec.kind === kind),
);
const controlOps = new Set<string>(ControlMessage.def.options.flatMap(({ shape }) => shape.op.def.values));

/** Of a control message: its length, the head of its frame. */
const CONTROL_HEAD = 12;
/** The smallest frame: kind and number of sections. */
const FRAME_HEAD = 8;

/** A message ready to go: its size is known, and a control message is bytes already. */
export interface Sealed {
  readonly message: Message;
  readonly kind: number;
  readonly columns: readonly Uint32Array[];
  readonly packed: Uint8Array | undefined;
  readonly bytes: number;
}

/** Throws ProtocolError 'limit-exceeded' for what the peer would refuse. */
export function seal(message: Message): Sealed {
  const spec = specByOp.get(message.op);
  return spec ? sealHot(spec, message as LooseMessage) : sealControl(message);
}

function sealHot(spec: HotSpec, message: LooseMessage): Sealed {
  const columns = spec.form.columns(message);
  const bytes = 4 + frameBytes(columns, message.sections);
  if (bytes > Limits.frameBytes) throw exceeded('frameBytes', bytes);
  return { message: message as unknown as Message, kind: spec.kind, columns, packed: undefined, bytes };
}

function sealControl(message: Message): Sealed {
  const packed = packMap(message);
  if (packed.length > Limits.controlBytes) throw exceeded('controlBytes', packed.length);
  const bytes = 4 + CONTROL_HEAD + ((packed.length + 3) & ~3);
  return { message, kind: 0, columns: [], packed, bytes };
}

/** As one message, or as several of at most `most` bytes where its rows stand alone. */
export function sealPieces(message: Message, most: number): Sealed[] {
  const spec = specByOp.get(message.op);
  if (!spec || !divisible.has(message.op)) return [seal(message)];
  return divide(spec, message as LooseMessage, most).map((piece) => sealHot(spec, piece));
}

/** A piece of memory of its own costs as much as all else that is done for a short envelope; so these share one, until it is used up. */
const SHARED_BYTES = 64 * 1024;
const SHORT_BYTES = 4 * 1024;
let shared = new ArrayBuffer(0);
let sharedUsed = 0;

/** Zeros: what pads a frame is not written. */
function roomFor(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes > SHORT_BYTES) return new Uint8Array(new ArrayBuffer(bytes));
  if (sharedUsed + bytes > shared.byteLength) {
    shared = new ArrayBuffer(SHARED_BYTES);
    sharedUsed = 0;
  }
  sharedUsed += bytes;
  return new Uint8Array(shared, sharedUsed - bytes, bytes);
}

export function encodeEnvelope(sealed: readonly Sealed[]): Uint8Array {
  let total = 0;
  for (const one of sealed) total += one.bytes;
  const out = roomFor(total);
  const words = new Uint32Array(out.buffer, out.byteOffset, total >> 2);
  let at = 0;
  for (const { message, kind, columns, packed, bytes } of sealed) {
    words[at >> 2] = bytes - 4;
    if (packed) writeControl(packed, out, words, at + 4);
    else writeFrame(kind, columns, (message as LooseMessage).sections, out, words, at + 4);
    at += bytes;
  }
  return out;
}

function writeControl(packed: Uint8Array, out: Uint8Array, words: Uint32Array, at: number): void {
  words[(at >> 2) + 1] = 1;
  words[(at >> 2) + 2] = packed.length;
  out.set(packed, at + CONTROL_HEAD);
}

/**
 * Throws ProtocolError 'bad-frame', 'bad-message' or 'limit-exceeded'. Columns and sections are views of `received`, or of a
 * copy where that does not start at a multiple of 4; always plain Uint8Arrays, whose `slice` copies as a Buffer's does not.
 */
export function decodeEnvelope(received: Uint8Array): Message[] {
  const { buffer, byteOffset, length } = received;
  const bytes = byteOffset % 4 === 0 ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(received);
  if (length === 0 || length % 4 !== 0) {
    throw new ProtocolError('bad-frame', `an envelope of ${length} bytes`);
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  const messages: Message[] = [];
  let at = 0;
  while (at < length) {
    const end = at + 4 + (words[at >> 2] as number);
    if (end < at + 4 + FRAME_HEAD || end % 4 !== 0 || end > length)
      throw badLength(end - at - 4, length - at - 4);
    if (messages.length >= Limits.envelopeMessages) throw exceeded('envelopeMessages', messages.length + 1);
    messages.push(decodeFrame(bytes, words, at + 4, end));
    at = end;
  }
  return messages;
}

function badLength(said: number, there: number): ProtocolError {
  return new ProtocolError('bad-frame', `a frame says it has ${said} bytes, ${there} are there`);
}

function decodeFrame(bytes: Uint8Array, words: Uint32Array, start: number, end: number): Message {
  const kind = bytes[start] as number;
  if (kind === 0) return decodeControl(bytes.subarray(start, end), words.subarray(start >> 2, end >> 2));
  const spec = specByKind[kind];
  if (!spec) throw new ProtocolError('bad-frame', `frames of kind ${kind} are unknown to this version`);
  return readFrame(spec, bytes, words, start, end) as unknown as Message;
}

function decodeControl(frame: Uint8Array, words: Uint32Array): ControlMessage {
  const length = words[2];
  if (length === undefined || words[0] !== 0 || words[1] !== 1) {
    throw new ProtocolError('bad-frame', 'the head of a control message is malformed');
  }
  if (length > Limits.controlBytes) throw exceeded('controlBytes', length);
  if (((length + 3) & ~3) !== frame.length - CONTROL_HEAD) {
    throw new ProtocolError('bad-frame', `a control message of ${length} bytes in ${frame.length}`);
  }
  const unpacked = unpackMap(frame.subarray(CONTROL_HEAD, CONTROL_HEAD + length));
  return shaped(ControlMessage, unpacked, nameOf(unpacked));
}

/** Of what may be anything: the kind of message that it says it is, if there is such a kind. */
function nameOf(unpacked: unknown): string {
  const op = typeof unpacked === 'object' && unpacked !== null && 'op' in unpacked ? unpacked.op : undefined;
  return typeof op === 'string' && controlOps.has(op) ? op : 'message';
}
