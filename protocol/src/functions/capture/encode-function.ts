import type { GraphNode, Slot } from '../graph.ts';
import { encodePartialModule, isModuleLike } from './encode-module.ts';
import { encodeProperties } from './encode-properties.ts';
import type { GraphEncoder } from './encoder.ts';
import { entryOf, type FunctionEntry } from './entry.ts';
import { viewBound } from './inspector.ts';
import { below, type Path, refuse } from './path.ts';
import { type Parameter, Unsendable } from './template.ts';

const IN_TASK = Symbol.for('taskloom.intask');
const MODULE_EXPORT = Symbol.for('taskloom.module');

/** Own properties that every function has. */
const BUILT_IN = new Set<string | symbol>(['name', 'length', 'prototype', 'arguments', 'caller']);

export function encodeFunction(
  encoder: GraphEncoder,
  fn: object,
  node: number,
  path: Path | undefined,
): GraphNode {
  const inTask: unknown = Reflect.get(fn, IN_TASK);
  if (typeof inTask === 'string') return ['intask', inTask];
  const exported = Reflect.get(fn, MODULE_EXPORT) as { url: string; name: string } | undefined;
  if (exported) return ['ref', ['file', exported.url, exported.name]];
  if (Reflect.get(fn, Symbol.for('taskloom.client')) === true) return ['client'];
  const at = path ?? below(undefined, nameOf(fn) || 'the function');
  if (isNative(fn)) return encodeNative(encoder, fn, at);
  const entry = readEntry(fn, at);
  if (/^node:/.test(entry.template.url))
    refuse(at, `it is a function inside Node (${entry.template.url}) that lives in this process`);
  if (!entry.stable) encoder.constant = false;
  encodeOwn(encoder, fn, node, entry, at);
  const { template, strict, values } = entry;
  const names = template.parameters.map((parameter) => parameter.as);
  const slots = template.parameters.map((parameter, index) =>
    parameterSlot(encoder, fn, parameter, values[index], at),
  );
  const { url, line, column } = template;
  return ['fn', encoder.source(template.source), nameOf(fn), names, slots, strict, [url, line, column]];
}

export function nameOf(fn: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

function readEntry(fn: object, path: Path): FunctionEntry {
  try {
    return entryOf(fn);
  } catch (error) {
    if (error instanceof Unsendable) refuse(path, error.message, error.cause);
    throw error;
  }
}

function isNative(fn: object): boolean {
  return Function.prototype.toString.call(fn).endsWith('{ [native code] }');
}

function encodeNative(encoder: GraphEncoder, fn: object, path: Path): GraphNode {
  if (!nameOf(fn).startsWith('bound '))
    refuse(path, `${nameOf(fn) || 'it'} is a native function of this process`);
  const { target, boundThis, boundArgs } = viewBound(fn);
  if (typeof target !== 'function') refuse(path, `${nameOf(fn)} is a native function of this process`);
  encoder.constant = false;
  return [
    'bound',
    encoder.slot(target, path, 'captured'),
    encoder.slot(boundThis, below(path, 'bound this'), 'captured'),
    boundArgs.map((argument, index) =>
      encoder.slot(argument, below(path, `bound argument ${index}`), 'captured'),
    ),
  ];
}

function parameterSlot(
  encoder: GraphEncoder,
  fn: object,
  parameter: Parameter,
  value: unknown,
  path: Path,
): Slot {
  switch (parameter.kind) {
    case 'given':
      return encoder.shared(parameter.node.join(' '), () => parameter.node);
    case 'super':
      return encoder.slot(Object.getPrototypeOf(fn), below(path, 'extends'), 'captured');
    case 'cell':
      return encoder.cell(parameter.key, value, below(path, parameter.name));
    case 'variable': {
      const inside = below(path, parameter.name);
      if (parameter.members && isModuleLike(value, parameter.namespace))
        return encodePartialModule(encoder, value, parameter.members, parameter.changing, inside);
      return encoder.slot(value, inside, 'captured');
    }
  }
}

/** What the function object carries beside its code: properties, static state, methods added to its prototype. */
function encodeOwn(encoder: GraphEncoder, fn: object, node: number, entry: FunctionEntry, path: Path): void {
  const { shape } = entry.template;
  encodeProperties(
    encoder,
    fn,
    node,
    path,
    'captured',
    (key) => BUILT_IN.has(key) || isStaticMethod(fn, key, shape !== undefined),
  );
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if (typeof prototype !== 'object' || prototype === null) return;
  const own = Reflect.ownKeys(prototype).filter((key) => key !== 'constructor');
  const added = shape ? own.filter((key) => typeof key === 'string' && !shape.methods.has(key)) : own;
  if (added.length === 0) return;
  const place = encoder.shared(prototype, () => ['prototype', node]);
  const keep = new Set<string | symbol>(added);
  encodeProperties(encoder, prototype, place, below(path, 'prototype'), 'captured', (key) => !keep.has(key));
}

/** Methods come with the text of the class. */
function isStaticMethod(fn: object, key: string | symbol, isClass: boolean): boolean {
  if (!isClass) return false;
  const descriptor = Object.getOwnPropertyDescriptor(fn, key);
  return descriptor?.enumerable === false;
}
