import { ProtocolError } from './errors.ts';

/** What one peer may make another hold or parse. Every limit has a name, and `exceeded` says it. */
export const Limits = {
  /** One message on the wire. Larger values do not travel in messages but through the data door. */
  frameBytes: 64 * 1024 * 1024,
  /** Messages of one envelope; a sender cuts envelopes at half a megabyte, which holds fewer. */
  envelopeMessages: 65_536,
  /** What a peer may say before its token is known. */
  helloBytes: 64 * 1024,
  /** Msgpack of one control message. */
  controlBytes: 16 * 1024 * 1024,
  /** Nesting of msgpack. */
  controlDepth: 16,
  /** Values in one piece of msgpack. */
  controlValues: 4 * 1024 * 1024,
  /** Keys of one map in msgpack. */
  controlKeys: 65_536,
  /** Sections (opaque byte strings) of one hot frame. */
  frameSections: 1024 * 1024,
  /** Tasks of one batch; a larger map is several batches. */
  batchTasks: 65_536,
  /** A result up to this size rides along with the news that it is finished; a larger one stays on its worker. */
  inlineResultBytes: 64 * 1024,
  /** What tasks wrote, in one message, in UTF-16 code units, as the length of a string is; the sender cuts. */
  outputChars: 64 * 1024,
  /** Running tasks that one heartbeat tells of; the sender leaves out the others. */
  heartbeatTasks: 65_536,
  /** An argument list larger than this must be scattered first. */
  argumentBytes: 32 * 1024 * 1024,
  /** The code of a function with what it captured; a larger value that it captures must be scattered first. */
  codeBytes: 32 * 1024 * 1024,
  /** Texts, by hash, that one function is made of. */
  functionSources: 4096,
  /** A name, an address, a reason. */
  textCharacters: 4096,
  /** Names that a task may give: of workers that may run it, of resources that it takes. */
  namesListed: 4096,
  /** Msgpack of the options of a task. */
  optionBytes: 1024 * 1024,
  /** Workers that may be named in one question. */
  namesAsked: 65_536,
  /** Packages of one question. */
  packagesAsked: 4096,
  /** Tasks that may share one thread. */
  threadTasks: 1024,
  /** The last number that a task of a session can have. */
  taskNumber: 0xffff_fffe,
  /** Bytes a peer may send before the other side grants more. */
  creditBytes: 8 * 1024 * 1024,
  /** Bytes that may wait for credit before the connection is given up. */
  outboxBytes: 256 * 1024 * 1024,
  /** Time a peer has to say hello, in milliseconds. */
  helloMs: 10_000,
  /** A connection that was cut can be taken up again so long, in milliseconds: an API server that is replaced takes a minute. */
  resumeMs: 120_000,
} as const;

export type LimitName = keyof typeof Limits;

export function exceeded(limit: LimitName, actual: number): ProtocolError {
  return new ProtocolError('limit-exceeded', `${limit} is ${Limits[limit]}, got ${actual}`);
}
