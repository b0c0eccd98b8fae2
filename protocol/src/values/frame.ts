import { TravelError, ValueError } from './errors.ts';
import { BUFFER_ALIGNMENT, MAX_LENGTH_BYTES } from './limits.ts';
import { PartsBuilder } from './parts.ts';
import type { Parts } from './port.ts';

/** The high bit of the first byte: buffers follow the body. */
export const BUFFERED = 0x80;
const HEADER_BYTES = 12;

/** The body of a value and the place of each of its buffers, relative to the first byte. */
export interface Frame {
  readonly codec: number;
  readonly body: Uint8Array;
  readonly buffers: readonly BufferPlace[];
}
export interface BufferPlace {
  readonly offset: number;
  readonly length: number;
}

/** Lays a body and its buffers out as port.ts says; `codecAndBody` has the codec in its first byte. */
export function framed(codecAndBody: Uint8Array, buffers: readonly Uint8Array[]): Parts {
  if (buffers.length === 0) return [codecAndBody];
  const body = codecAndBody.subarray(1);
  const parts = new PartsBuilder();
  parts.copy(headerOf(codecAndBody[0]! | BUFFERED, body, buffers));
  parts.append([body]);
  for (const buffer of buffers) {
    parts.align(BUFFER_ALIGNMENT);
    parts.append([buffer]);
  }
  return parts.build();
}

function headerOf(first: number, body: Uint8Array, buffers: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES + 4 * buffers.length);
  const view = new DataView(header.buffer);
  header[0] = first;
  view.setUint32(4, checkedLength(body), true);
  view.setUint32(8, buffers.length, true);
  buffers.forEach((buffer, index) => {
    view.setUint32(HEADER_BYTES + 4 * index, checkedLength(buffer), true);
  });
  return header;
}

export function readFrame(bytes: Uint8Array): Frame {
  const first = bytes[0];
  if (first === undefined) throw new ValueError('a value has at least one byte, this one is empty');
  if (first < BUFFERED) return { codec: first, body: bytes.subarray(1), buffers: [] };
  if (bytes.byteLength < HEADER_BYTES) throw truncated();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyLength = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const bodyOffset = HEADER_BYTES + 4 * count;
  const bodyEnd = bodyOffset + bodyLength;
  if (bodyEnd > bytes.byteLength) throw truncated();
  const body = bytes.subarray(bodyOffset, bodyEnd);
  return { codec: first & ~BUFFERED, body, buffers: readPlaces(view, count, bodyEnd) };
}

function readPlaces(view: DataView, count: number, bodyEnd: number): BufferPlace[] {
  const places: BufferPlace[] = [];
  let end = bodyEnd;
  for (let index = 0; index < count; index += 1) {
    const offset = Math.ceil(end / BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT;
    const length = view.getUint32(HEADER_BYTES + 4 * index, true);
    places.push({ offset, length });
    end = offset + length;
  }
  if (end !== view.byteLength) throw truncated();
  return places;
}

function truncated(): ValueError {
  return new ValueError(
    'the lengths of a value do not add up to its bytes: it was cut or damaged on the way',
  );
}

function checkedLength({ byteLength }: Uint8Array): number {
  if (byteLength <= MAX_LENGTH_BYTES) return byteLength;
  throw new TravelError(
    [],
    `one piece of it has ${byteLength} bytes, over MAX_LENGTH_BYTES (${MAX_LENGTH_BYTES}); send it in parts`,
  );
}
