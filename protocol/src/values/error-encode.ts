import { inspect, toUSVString } from 'node:util';
import { builtInClassOf, isError, nameOf } from './error-classes.ts';
import type { FailurePlace, Slot, TaskFailure, WireError } from './error-wire.ts';
import { graphCodec } from './graph.ts';
import { MAX_ERROR_BYTES } from './limits.ts';
import { joinParts, partsLength } from './parts.ts';
import { Codec } from './port.ts';
import { decodeValue, encodeValue } from './value.ts';

/** How much of a failure is kept. Each is tried until the failure fits into MAX_ERROR_BYTES; the last always does. */
interface Allowance {
  readonly errors: number;
  readonly characters: number;
  readonly properties: number;
  readonly valueBytes: number;
}
const ALLOWANCES: readonly Allowance[] = [
  { errors: 64, characters: 16_384, properties: 64, valueBytes: 16_384 },
  { errors: 16, characters: 2_048, properties: 16, valueBytes: 256 },
  { errors: 1, characters: 2_048, properties: 0, valueBytes: 0 },
];
const DESCRIBED_CHARACTERS = 256;
const FRAME = /^ +at /;
/** Sent under their own names, or belonging to another failure. */
const KNOWN = new Set(['name', 'message', 'stack', 'cause', 'errors', 'taskloom']);

/** Whether a line of a stack is of what called the task, and not of the task. */
type IsCaller = (frame: string) => boolean;
const nobody: IsCaller = () => false;

/** Never throws, whatever was thrown, and however its getters behave. */
export function encodeError(thrown: unknown, about: FailurePlace, isCaller: IsCaller = nobody): Uint8Array {
  const place = {
    task: clipped(about.task, 1024),
    worker: clipped(about.worker, 1024),
    attempt: about.attempt,
  };
  for (const allowance of ALLOWANCES) {
    const encoded = attempt(() => new FailureWriter(allowance, isCaller).encode(thrown, place));
    if (encoded !== undefined) return encoded;
  }
  return joinParts(
    encodeValue({ ...place, thrown: { text: 'something that cannot be described' }, errors: [] }),
  );
}

class FailureWriter {
  readonly #allowance: Allowance;
  readonly #indices = new Map<Error, number>();
  readonly #errors: WireError[] = [];
  readonly #isCaller: IsCaller;

  constructor(allowance: Allowance, isCaller: IsCaller) {
    this.#allowance = allowance;
    this.#isCaller = isCaller;
  }

  encode(thrown: unknown, place: FailurePlace): Uint8Array | undefined {
    const failure: TaskFailure = { ...place, thrown: this.#slot(thrown), errors: this.#errors };
    const parts = encodeValue(failure);
    return partsLength(parts) <= MAX_ERROR_BYTES ? joinParts(parts) : undefined;
  }

  #slot(value: unknown): Slot {
    if (isError(value)) return this.#error(value);
    return attempt(() => this.#value(value)) ?? { text: described(value) };
  }

  #value(value: unknown): Slot | undefined {
    const parts = encodeValue(value);
    if (partsLength(parts) > this.#allowance.valueBytes) return undefined;
    const encoded = joinParts(parts);
    return encoded[0] === Codec.msgpack ? { plain: decodeValue(encoded) } : { encoded };
  }

  #error(error: Error): Slot {
    const known = this.#indices.get(error);
    if (known !== undefined) return { error: known };
    if (this.#errors.length >= this.#allowance.errors) return { text: described(error) };
    const index = this.#errors.length;
    this.#indices.set(error, index);
    const { characters } = this.#allowance;
    const builtIn = attempt(() => builtInClassOf(error)) ?? 'Error';
    const wire: WireError = {
      class: builtIn,
      name: clipped(attempt(() => nameOf(error, builtIn)) ?? builtIn, characters),
      message: clipped(attempt(() => String(error.message)) ?? '', characters),
    };
    const home = attempt(() => graphCodec()?.classNameOf(error));
    if (home !== undefined) wire.home = home;
    this.#errors.push(wire);
    this.#addDetails(wire, error);
    return { error: index };
  }

  #addDetails(wire: WireError, error: Error): void {
    const stack = attempt(() => error.stack);
    if (typeof stack === 'string')
      wire.stack = clipped(withoutCallers(stack, this.#isCaller), this.#allowance.characters);
    if (attempt(() => 'cause' in error)) wire.cause = this.#slot(attempt(() => error.cause));
    const errors: unknown = attempt(() => (error instanceof AggregateError ? error.errors : undefined));
    if (Array.isArray(errors))
      wire.errors = errors.slice(0, this.#allowance.errors).map((each) => this.#slot(each));
    const properties = this.#properties(error);
    if (Object.keys(properties).length > 0) wire.properties = properties;
  }

  #properties(error: Error): Record<string, Slot> {
    const names = attempt(() => Object.keys(error)) ?? [];
    const sent: Record<string, Slot> = {};
    for (const name of names.filter((each) => !KNOWN.has(each)).slice(0, this.#allowance.properties)) {
      const slot = attempt(() => this.#slot(Reflect.get(error, name)));
      if (slot !== undefined && !('text' in slot)) sent[clipped(name, DESCRIBED_CHARACTERS)] = slot;
    }
    return sent;
  }
}

/** The stack down to the task itself; all of it when nothing there is the task's. */
function withoutCallers(stack: string, isCaller: IsCaller): string {
  const lines = stack.split('\n');
  let end = lines.length;
  while (end > 0 && FRAME.test(lines[end - 1]!) && isCaller(lines[end - 1]!)) end--;
  return FRAME.test(lines[end - 1] ?? '') ? lines.slice(0, end).join('\n') : stack;
}

/** Undefined instead of an exception: thrown things may have getters and proxies that throw. */
function attempt<R>(read: () => R): R | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function described(value: unknown): string {
  const text = attempt(() =>
    inspect(value, { depth: 1, maxArrayLength: 8, maxStringLength: DESCRIBED_CHARACTERS }),
  );
  return clipped(text ?? `a ${typeof value}`, DESCRIBED_CHARACTERS);
}

/** UTF-8 keeps no lone surrogates, which the cut may also make. */
function clipped(text: string, characters: number): string {
  return toUSVString(text.length > characters ? `${text.slice(0, characters)}…` : text);
}
