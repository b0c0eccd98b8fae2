/** What was said, checked where it is said: in words that tell what was given and what to say instead. */
import { inspect } from 'node:util';
import { ClientError } from './errors.ts';
import { Future } from './future.ts';
import { FutureList } from './future-list.ts';

/** Of what was given, in an error. */
const SHOWN_CHARACTERS = 100;

/** What was given, as an author would write it. */
export function given(value: unknown): string {
  if (value instanceof Future) return `the future of ${value.name}`;
  if (value instanceof FutureList) return `the futures of ${value.name}`;
  const text = inspect(value, { depth: 0, maxArrayLength: 5, breakLength: Infinity, customInspect: false });
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

export function refuse(message: string): never {
  throw new ClientError('bad-option', message);
}

/** The options again. Throws on what is no object of options, and on a name that is none of these; `example` says how they look. */
export function onlyOptions<T extends object>(
  options: T,
  names: readonly (keyof T & string)[],
  example: string,
): T {
  if (!isOptions(options)) refuse(`options are an object, e.g. ${example}, not ${given(options)}`);
  const unknown = Object.keys(options).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) refuse(`there is no option "${unknown}"${instead(unknown, names)}`);
  return options;
}

/** Throws where there are no options. */
export function noOptions(of: string, options: object): void {
  const [name] = isOptions(options) ? Object.keys(options) : [given(options)];
  if (name !== undefined)
    refuse(`${of} takes futures and nothing more, not ${name}: several in one list, [a, b]`);
}

function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Future || value instanceof FutureList || value instanceof Promise);
}

function instead(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const all = names.join(', ');
  return near === undefined ? `; there are ${all}` : `: did you mean "${near}"? There are ${all}`;
}

/** The one that was probably meant: less than half of it is written otherwise. */
function nearest(name: string, names: readonly string[]): string | undefined {
  let near: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const each of names) {
    const edits = editsBetween(name.toLowerCase(), each.toLowerCase());
    if (edits >= least || 2 * edits >= Math.max(name.length, each.length)) continue;
    near = each;
    least = edits;
  }
  return near;
}

/** Letters to insert, drop or replace until one is the other. */
function editsBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const edits = [row + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = above[column]! + (letter === to[column] ? 0 : 1);
      edits.push(Math.min(replaced, above[column + 1]! + 1, edits[column]! + 1));
    }
    above = edits;
  }
  return above[to.length]!;
}

/** A time to wait at most, 0 and Infinity too. */
export function checkTimeout(timeoutMs: unknown): void {
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)) return;
  refuse(`timeoutMs must be a number from 0, got ${given(timeoutMs)}`);
}

export function checkNames(of: string, names: unknown): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  refuse(`${of} takes a list of names of workers, e.g. ['local-1'], not ${given(names)}`);
}
