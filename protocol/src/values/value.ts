import { BinarySource } from './binary-source.ts';
import { TravelError, ValueError } from './errors.ts';
import { framed, readFrame } from './frame.ts';
import { reportFutures } from './futures.ts';
import { graphCodec, type Shared, type Sharing } from './graph.ts';
import { Inspection } from './inspection.ts';
import { readMsgpack } from './msgpack-reader.ts';
import type { MsgpackWriter } from './msgpack-writer.ts';
import { withWriter } from './msgpack-writer.ts';
import type { DecodeContext, EncodeHooks, FutureLike, FuturesLike, Parts } from './port.ts';
import { Codec } from './port.ts';
import { reasonAgainst } from './refusal.ts';
import { decodeV8, encodeV8 } from './v8-codec.ts';

const NO_CONTEXT: DecodeContext = {};

/**
 * The bytes of a value, by the first codec that keeps it exactly. Large buffers are views of the value's own memory:
 * send or copy the parts before the value changes.
 * @param path where the value stands, for the error when it cannot travel: `score`, `argument 1`
 */
export function encodeValue(value: unknown, hooks?: EncodeHooks, path?: string): Parts {
  return encodeRow(value, hooks, 0, path);
}

export function encodeRow(
  value: unknown,
  hooks: EncodeHooks | undefined,
  row: number,
  path?: string,
  sharing?: Sharing,
): Parts {
  const parts = withWriter((writer) => {
    if (!writeMsgpack(writer, value)) return undefined;
    reportFutures(writer.futures, hooks, row, rootOf(path));
    return finishMsgpack(writer);
  });
  return parts ?? encodeOther(value, hooks, row, path, sharing);
}

/** Undefined when there are futures in the value, or things for the graph codec, which may have futures within. */
export function encodeFutureless(value: unknown, path: string): Parts | undefined {
  return withWriter((writer) => {
    const written = writeMsgpack(writer, value);
    if (writer.futures.length > 0) return undefined;
    if (written) return finishMsgpack(writer);
    const inspection = inspected(value, path);
    if (!inspection || inspection.culprit !== undefined || inspection.futures.length > 0) return undefined;
    return encodeV8(value, inspection, [path]);
  });
}

/** Undefined where it refuses: who encodes the parts by themselves says which one it is. */
function inspected(value: unknown, path: string): Inspection | undefined {
  try {
    return new Inspection(value, [path]);
  } catch (error) {
    if (error instanceof TravelError) return undefined;
    throw error;
  }
}

function writeMsgpack(writer: MsgpackWriter, value: unknown): boolean {
  writer.out.begin(Codec.msgpack);
  return writer.write(value) && !writer.sharesInlineMemory(0);
}

function finishMsgpack(writer: MsgpackWriter): Parts {
  const buffers = writer.binaries.length === 0 ? [] : writer.placeBinaries(writer.binaries.length);
  return framed(writer.out.take(writer.out.at), buffers);
}

/** For a value that msgpack does not keep. */
export function encodeOther(
  value: unknown,
  hooks: EncodeHooks | undefined,
  row: number,
  path?: string,
  sharing?: Sharing,
): Parts {
  const root = rootOf(path);
  const inspection = new Inspection(value, root);
  if (inspection.culprit === undefined) {
    reportFutures(inspection.futures, hooks, row, root);
    return encodeV8(value, inspection, root);
  }
  const graph = graphCodec();
  if (graph === undefined)
    throw new TravelError(inspection.culprit.path, reasonAgainst(inspection.culprit.value));
  return graph.encode(value, hooks === undefined || row === 0 ? hooks : atRow(hooks, row), path, sharing);
}

/** The graph codec knows single values only. */
function atRow(hooks: EncodeHooks, row: number): EncodeHooks {
  return {
    ...(hooks.future && { future: (future: FutureLike) => hooks.future?.(future, row) }),
    ...(hooks.futures && { futures: (futures: FuturesLike) => hooks.futures?.(futures, row) }),
  };
}

function rootOf(path: string | undefined): readonly string[] {
  return path === undefined ? [] : [path];
}

/**
 * The value again. Typed arrays are views of `bytes` where these are aligned to 8: keep them unchanged as long as the value lives.
 */
export function decodeValue(bytes: Uint8Array, context: DecodeContext = NO_CONTEXT): unknown {
  return decodeRow(bytes, context, undefined);
}

export function decodeRow(bytes: Uint8Array, context: DecodeContext, shared: Shared | undefined): unknown {
  const first = bytes[0];
  if (first === Codec.msgpack) return readMsgpack(bytes, 1, context, undefined);
  const frame = readFrame(bytes);
  switch (frame.codec) {
    case Codec.msgpack:
      return readMsgpack(frame.body, 0, context, new BinarySource(bytes, frame.buffers));
    case Codec.v8:
      return decodeV8(bytes, frame, context);
    case Codec.graph:
      return decodeGraph(bytes, context, shared);
    case Codec.raw:
      return frame.body;
    default:
      throw new ValueError(
        `unknown codec ${frame.codec}: the value was written by a newer version or is damaged`,
      );
  }
}

function decodeGraph(bytes: Uint8Array, context: DecodeContext, shared: Shared | undefined): unknown {
  const graph = graphCodec();
  if (graph === undefined)
    throw new ValueError(
      'the value has functions or class instances: import @taskloom/protocol/functions to read it',
    );
  return graph.decode(bytes, context, shared);
}
