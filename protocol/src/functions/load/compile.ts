import vm from 'node:vm';
import { BoundedMap, CACHED_SOURCES } from '../bounded-map.ts';
import type { Place } from '../graph.ts';

export interface Code {
  readonly hash: string;
  readonly text: () => string;
  readonly names: readonly string[];
  /** Names whose values are not there yet when the function is made: it is part of a cycle. */
  readonly late: readonly string[];
  readonly strict: boolean;
  readonly place: Place;
}

/** Makes the function (or the object literal that holds a method) from the values of the names that are not late. */
export type Factory = (...values: unknown[]) => unknown;
/** The same, and what sets the late names. */
export type LateFactory = (
  ...values: unknown[]
) => readonly [made: unknown, set: (...values: unknown[]) => void];

const factories = new BoundedMap<string, Factory>(CACHED_SOURCES);

/** Compiles a source once per thread. Late names are variables, which run slower than parameters: only cycles have them. */
export function compiled(code: Code): Factory {
  const key = [code.hash, code.strict, code.place, code.names, code.late].join(' ');
  const known = factories.get(key);
  if (known) return known;
  const text = code.text();
  const factory = compile(code, text);
  factories.set(key, factory, text.length);
  return factory;
}

function compile({ names, late, strict, place }: Code, text: string): Factory {
  const [url, line, column] = place;
  const head = `${strict ? '"use strict";' : ''}${late.length > 0 ? `let ${late.join()};return[` : 'return'}`;
  const tail = late.length > 0 ? `,(...__late)=>{[${late.join()}]=__late}]` : '';
  const parameters = names.filter((name) => !late.includes(name));
  return vm.compileFunction(`${head}${text}${tail}`, parameters, {
    filename: url || 'taskloom:function',
    lineOffset: line,
    columnOffset: column - head.length - 1,
  }) as Factory;
}
