import { makeError } from './error-classes.ts';
import type { TaskFailure as Failure, FailurePlace, Slot, WireError } from './error-wire.ts';
import { TaskFailure } from './error-wire.ts';
import { ValueError } from './errors.ts';
import { graphCodec } from './graph.ts';
import { decodeValue } from './value.ts';

/** A task threw something that is no Error. */
export class RemoteThrow extends Error {
  /** What was thrown; undefined when it could not be sent, the message describes it then. */
  readonly thrown: unknown;

  constructor(message: string, thrown: unknown) {
    super(message);
    this.name = 'RemoteThrow';
    this.thrown = thrown;
    // What was thrown had none, and that of this side is of no use.
    set(this, 'stack', `RemoteThrow: ${message}`);
  }
}

/** The error that a task threw, of the same kind, with its stack and `taskloom: { task, worker, attempt }`. */
export function decodeError(bytes: Uint8Array): Error & { taskloom: FailurePlace } {
  const parsed = TaskFailure.safeParse(decodeValue(bytes));
  if (!parsed.success)
    throw new ValueError(`a task's failure has another form than expected: ${parsed.error.message}`);
  const { task, worker, attempt } = parsed.data;
  const error = rootOf(parsed.data);
  set(
    error,
    'stack',
    `${error.stack ?? error.message}\n    at task ${task} (worker ${worker}, attempt ${attempt})`,
  );
  set(error, 'taskloom', Object.freeze({ task, worker, attempt }), true);
  return error as Error & { taskloom: FailurePlace };
}

function rootOf(failure: Failure): Error {
  const { thrown } = failure;
  const errors = failure.errors.map((wire) => shellOf(wire));
  failure.errors.forEach((wire, index) => {
    fill(errors[index]!, wire, errors);
  });
  if ('text' in thrown)
    return new RemoteThrow(`the task threw ${thrown.text}, which cannot be sent`, undefined);
  const value = valueIn(thrown, errors);
  if ('error' in thrown && value instanceof Error) return value;
  return new RemoteThrow(`the task threw ${shown(value)}, which is no Error`, value);
}

function shellOf(wire: WireError): Error {
  const error = makeError(wire.class, wire.message, wire.name);
  const prototype = wire.home === undefined ? undefined : graphCodec()?.prototypeAtHome(wire.home);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  if (!isNamed(error, wire.name)) set(error, 'name', wire.name);
  set(error, 'stack', wire.stack ?? `${wire.name}: ${wire.message}`);
  return error;
}

/** A getter of the user's may ask for properties that are not there yet. */
function isNamed(error: Error, name: string): boolean {
  try {
    return error.name === name;
  } catch {
    return false;
  }
}

function fill(error: Error, wire: WireError, errors: readonly Error[]): void {
  if (wire.cause !== undefined) set(error, 'cause', valueIn(wire.cause, errors));
  if (wire.errors !== undefined)
    set(
      error,
      'errors',
      wire.errors.map((slot) => valueIn(slot, errors)),
    );
  for (const [name, slot] of Object.entries(wire.properties ?? {})) {
    set(error, name, valueIn(slot, errors), true);
  }
}

function valueIn(slot: Slot, errors: readonly Error[]): unknown {
  if ('plain' in slot) return slot.plain;
  if ('encoded' in slot) return decodeValue(slot.encoded);
  if ('text' in slot) return slot.text;
  const error = errors[slot.error];
  if (error === undefined)
    throw new ValueError(`a task's failure refers to error ${slot.error} of ${errors.length}`);
  return error;
}

/** Not enumerable, as in errors made here. */
/** Whatever setters its class has. What the language gives an error is not enumerable. */
function set(error: Error, name: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, name, { value, writable: true, enumerable, configurable: true });
}

function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
