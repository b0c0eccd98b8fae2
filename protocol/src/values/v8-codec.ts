import { Deserializer, Serializer } from 'node:v8';
import { Kind, kindOf } from './binary.ts';
import type { BinaryPlace } from './binary-places.ts';
import { placeBinaries } from './binary-places.ts';
import { BinarySource } from './binary-source.ts';
import { TravelError, ValueError } from './errors.ts';
import type { Frame } from './frame.ts';
import { framed } from './frame.ts';
import { resolveFuture, resolveFutures } from './futures.ts';
import type { Inspection } from './inspection.ts';
import { OWNED } from './msgpack-format.ts';
import type { Substituted } from './placeholders.ts';
import { fillPlaceholders, Placeholder, substituteFutures } from './placeholders.ts';
import type { DecodeContext, Parts } from './port.ts';
import { Codec, FUTURE, FUTURES } from './port.ts';

/**
 * The body: codec byte, then Node's serializer: header, number of owned buffers and their indices, the value.
 * Views and futures are host objects: a number from Host, then their numbers. Only append to Host.
 */
const Host = { view: 0, future: 1, futures: 2 } as const;

/** Documented by Node and not in its types. */
interface HostSerializer extends Serializer {
  _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void;
}

class ValueSerializer extends Serializer {
  readonly places = new Map<object, BinaryPlace>();
  readonly #futures: Substituted['futures'];

  constructor(futures: Substituted['futures']) {
    super();
    this.#futures = futures;
    (this as unknown as HostSerializer)._setTreatArrayBufferViewsAsHostObjects(true);
  }

  _writeHostObject(object: object): void {
    const place = this.places.get(object);
    if (place === undefined) this.#writeFuture(object);
    else this.#writeView(object, place);
  }

  #writeView(object: object, place: BinaryPlace): void {
    const kind = kindOf(Object.getPrototypeOf(object)) ?? Kind.uint8;
    this.writeUint32(Host.view);
    this.writeUint32(place.owned ? kind | OWNED : kind);
    this.writeUint32(place.buffer);
    this.writeUint32(place.offset);
    this.writeUint32(place.length);
  }

  #writeFuture(stub: object): void {
    const future = this.#futures.get(stub);
    if (future === undefined) throw new TravelError([], 'it changed while it was being encoded');
    if (FUTURE in future) {
      this.writeUint32(Host.future);
      this.writeUint32(future[FUTURE]);
    } else {
      const { first, count } = future[FUTURES];
      this.writeUint32(Host.futures);
      this.writeUint32(first);
      this.writeUint32(count);
    }
  }
}

export function encodeV8(value: unknown, inspection: Inspection, path: readonly string[]): Parts {
  const { value: sent, futures } =
    inspection.futures.length > 0 ? substituteFutures(value) : { value, futures: NO_FUTURES };
  const { places, buffers } = placeBinaries(inspection.binaries);
  const serializer = new ValueSerializer(futures);
  serializer.writeRawBytes(CODEC_BYTE);
  serializer.writeHeader();
  const owned = new Map<number, ArrayBuffer>();
  inspection.binaries.forEach(({ binary }, index) => {
    const place = places[index]!;
    if (binary instanceof ArrayBuffer) owned.set(place.buffer, binary);
    else serializer.places.set(binary, place);
  });
  serializer.writeUint32(owned.size);
  for (const [buffer, memory] of owned) {
    serializer.writeUint32(buffer);
    serializer.transferArrayBuffer(buffer, memory);
  }
  try {
    serializer.writeValue(sent);
  } catch (error) {
    throw error instanceof TravelError ? error : new TravelError(path, messageOf(error));
  }
  return framed(serializer.releaseBuffer(), buffers);
}

const CODEC_BYTE = Uint8Array.of(Codec.v8);
const NO_FUTURES: Substituted['futures'] = new Map();

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class ValueDeserializer extends Deserializer {
  readonly #context: DecodeContext;
  readonly #source: BinarySource;
  hasFutures = false;

  constructor(body: Uint8Array, source: BinarySource, context: DecodeContext) {
    super(body);
    this.#source = source;
    this.#context = context;
  }

  _readHostObject(): unknown {
    const host = this.readUint32();
    if (host === Host.view) return this.#readView();
    if (host === Host.future) {
      const task = this.readUint32();
      return this.#placeholder(() => resolveFuture(this.#context, task));
    }
    if (host === Host.futures) {
      const [first, count] = [this.readUint32(), this.readUint32()];
      return this.#placeholder(() => resolveFutures(this.#context, first, count));
    }
    throw new ValueError(`unknown host object ${host}: written by a newer version?`);
  }

  #readView(): unknown {
    const kind = this.readUint32();
    const [buffer, offset, length] = [this.readUint32(), this.readUint32(), this.readUint32()];
    return this.#source.binary(kind & ~OWNED, (kind & OWNED) !== 0, buffer, offset, length);
  }

  #placeholder(resolve: () => unknown): Placeholder {
    this.hasFutures = true;
    return new Placeholder(resolve);
  }
}

export function decodeV8(bytes: Uint8Array, frame: Frame, context: DecodeContext): unknown {
  const source = new BinarySource(bytes, frame.buffers);
  const deserializer = new ValueDeserializer(frame.body, source, context);
  const value = readValue(deserializer, source, frame);
  return deserializer.hasFutures ? fillPlaceholders(value) : value;
}

function readValue(deserializer: ValueDeserializer, source: BinarySource, frame: Frame): unknown {
  try {
    deserializer.readHeader();
    const owned = deserializer.readUint32();
    if (owned > frame.buffers.length)
      throw new ValueError(`${owned} ArrayBuffers are announced and ${frame.buffers.length} sent`);
    for (let index = 0; index < owned; index += 1) {
      const buffer = deserializer.readUint32();
      deserializer.transferArrayBuffer(buffer, source.arrayBuffer(buffer));
    }
    return deserializer.readValue();
  } catch (error) {
    if (error instanceof ValueError) throw error;
    throw new ValueError(`the v8 codec cannot read a value: ${messageOf(error)}`, { cause: error });
  }
}
