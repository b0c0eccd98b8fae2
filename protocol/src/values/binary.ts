import { ValueError } from './errors.ts';

/**
 * Typed arrays, Buffers, DataViews and ArrayBuffers as (kind, buffer, offset, length) beside the buffers they look at.
 * Kinds are wire format: only append.
 */
export type Binary = ArrayBufferView | ArrayBuffer;

/** A binary with its kind, which is asked once. */
export interface KindedBinary {
  readonly binary: Binary;
  readonly kind: number;
}

export const Kind = { uint8: 1, dataView: 11, buffer: 12, arrayBuffer: 13 } as const;

interface ViewConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
  readonly prototype: object;
  readonly BYTES_PER_ELEMENT?: number;
}
const float16 = Reflect.get(globalThis, 'Float16Array') as ViewConstructor | undefined;
const CONSTRUCTORS: readonly (ViewConstructor | undefined)[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
  undefined,
  undefined,
  float16,
];
const ELEMENT_BYTES = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 1, 1, 1, 2] as const;

const KIND_OF_PROTOTYPE = new Map<object, number>([
  [Buffer.prototype, Kind.buffer],
  [ArrayBuffer.prototype, Kind.arrayBuffer],
]);
CONSTRUCTORS.forEach((View, kind) => {
  if (View !== undefined) KIND_OF_PROTOTYPE.set(View.prototype, kind);
});

/** The kind of a binary object; undefined for a subclass, and for what is not binary. */
export function kindOf(prototype: object): number | undefined {
  return KIND_OF_PROTOTYPE.get(prototype);
}

export function elementBytes(kind: number): number {
  return ELEMENT_BYTES[kind] ?? 1;
}

/** Its bytes were transferred to another thread: it looks empty and is not. */
export function isDetached(binary: Binary): boolean {
  const buffer = memoryOf(binary);
  return buffer.byteLength === 0 && Reflect.get(buffer, 'detached') === true;
}

export function memoryOf(binary: Binary): ArrayBufferLike {
  return binary instanceof ArrayBuffer ? binary : binary.buffer;
}

export function startOf(binary: Binary): number {
  return binary instanceof ArrayBuffer ? 0 : binary.byteOffset;
}

export function bytesOf(binary: Binary): Uint8Array {
  return binary instanceof Uint8Array
    ? binary
    : new Uint8Array(memoryOf(binary), startOf(binary), binary.byteLength);
}

/** Makes the view; `length` is in bytes and lies within the memory. */
export function viewOf(
  kind: number,
  memory: ArrayBufferLike,
  offset: number,
  length: number,
): ArrayBufferView {
  if (kind === Kind.buffer) return Buffer.from(memory, offset, length);
  const View = CONSTRUCTORS[kind];
  const size = elementBytes(kind);
  if (View === undefined) throw new ValueError(`typed arrays of kind ${kind} are unknown to this runtime`);
  if (length % size !== 0) throw new ValueError(`a typed array of kind ${kind} cannot have ${length} bytes`);
  if (offset % size === 0) return new View(memory, offset, length / size);
  throw new ValueError(`a typed array of kind ${kind} cannot start at byte ${offset}`);
}
