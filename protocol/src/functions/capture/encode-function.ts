import { types } from 'node:util';
import type { GraphNode, Slot } from '../graph.ts';
import { loadedIdentity } from '../identities.ts';
import type { ClassShape } from '../syntax/class-edits.ts';
import { identityOf } from './class-identity.ts';
import { encodePartialModule, isModuleLike } from './encode-module.ts';
import { encodePrivateStatics, isArrow } from './encode-private.ts';
import { encodeProperties } from './encode-properties.ts';
import { encodeParent, encodePrototype, hasItsText, isNative } from './encode-prototype.ts';
import type { GraphEncoder } from './encoder.ts';
import type { FunctionEntry } from './entry.ts';
import { viewBound } from './inspector.ts';
import { findLazyExport } from './known.ts';
import type { Parameter } from './parameter.ts';
import { below, type Path, refuse } from './path.ts';
import { readEntry } from './read-entry.ts';
import { requirerOf } from './requirer.ts';

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
  const named = Reflect.get(fn, MODULE_EXPORT) as { url: string; name: string } | undefined;
  if (named) return ['ref', ['file', named.url, named.name]];
  if (Reflect.get(fn, Symbol.for('taskloom.client')) === true) return ['client'];
  const at = path ?? below(undefined, nameOf(fn) || 'the function');
  if (isNative(fn)) return encodeNative(encoder, fn, at);
  const entry = readEntry(fn, at);
  const ofNode = /^node:/.test(entry.template.url);
  const exported = ofNode ? findLazyExport(fn, nameOf(fn)) : undefined;
  if (exported) return ['ref', encoder.reference(exported)];
  const requirer = ofNode ? requirerOf(fn) : undefined;
  if (requirer !== undefined) return ['require', requirer];
  if (ofNode) refuse(at, `it is a function inside Node (${entry.template.url}) that lives in this process`);
  if (!entry.stable) encoder.constant = false;
  encodeOwn(encoder, fn, node, entry, at);
  const { template, strict, values } = entry;
  const names = template.parameters.map((parameter) => parameter.as);
  const slots = template.parameters.map((parameter, index) =>
    parameterSlot(encoder, fn, parameter, values[index], at),
  );
  const { url, line, column } = template;
  const made = [
    'fn',
    encoder.source(template.source),
    nameOf(fn),
    names,
    slots,
    strict,
    [url, line, column],
  ] as const;
  const identity = template.shape && !encoder.closureOnly ? identityOf(fn) : undefined;
  if (!identity) return made;
  for (const [key, name] of identity.states) encoder.states.set(key, name);
  return [...made, identity.name];
}

export function nameOf(fn: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

function encodeNative(encoder: GraphEncoder, fn: object, path: Path): GraphNode {
  if (types.isProxy(fn))
    refuse(path, 'it is a Proxy of a function, whose handler is hidden: send the function');
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
      return encoder.slot(baseOf(fn), below(path, 'extends'), 'captured');
    case 'cell':
      encoder.closedOver.set(parameter.key, value);
      noteState(encoder, value);
      return encoder.cell(parameter.key, value, below(path, parameter.name));
    case 'variable': {
      const inside = below(path, parameter.name);
      if (parameter.members && isModuleLike(value, parameter.namespace))
        return encodePartialModule(encoder, value, parameter.members, parameter.changing, inside);
      noteState(encoder, value);
      return encoder.slot(value, inside, 'captured');
    }
  }
}

/** What came here as the state of a class is sent on as that. */
function noteState(encoder: GraphEncoder, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  encoder.closedOver.set(value, value);
  const loaded = loadedIdentity(value);
  if (loaded !== undefined) encoder.states.set(value, loaded);
}

/** `extends null` makes a class whose own prototype is that of all functions. */
function baseOf(fn: object): unknown {
  const base: unknown = Object.getPrototypeOf(fn);
  const prototype = Reflect.get(fn, 'prototype') as object;
  return base === Function.prototype && Object.getPrototypeOf(prototype) === null ? null : base;
}

/** What the function object carries beside its code: properties, static state, methods added to its prototype. */
function encodeOwn(encoder: GraphEncoder, fn: object, node: number, entry: FunctionEntry, path: Path): void {
  const { shape } = entry.template;
  if (shape && !encoder.closureOnly) encodePrivateStatics(encoder, fn, node, shape.privateStatics, path);
  const leave = (key: string | symbol) => BUILT_IN.has(key) || comesWithText(fn, key, shape);
  if (!shape || !encoder.closureOnly) encodeProperties(encoder, fn, node, path, 'captured', leave);
  encodeParent(encoder, fn, node, shape, path);
  encodePrototype(encoder, fn, node, shape, path);
}

/** Methods come with the text of the class, and so do arrow functions that hold it as their `this`. */
function comesWithText(fn: object, key: string | symbol, shape: ClassShape | undefined): boolean {
  if (!shape) return false;
  const descriptor = Object.getOwnPropertyDescriptor(fn, key);
  return hasItsText(fn, descriptor) || isArrow(shape.arrowStatics, String(key), descriptor?.value);
}
