import { ValueError } from '../../values/errors.ts';
import type { Shared } from '../../values/graph.ts';
import type { DecodeContext } from '../../values/port.ts';
import type { AnyFunction, GraphNode, ModuleReference, Slot } from '../graph.ts';
import { symbolOf } from '../identities.ts';
import { noteMade } from '../origins.ts';
import { door, makeHollow } from './hollow.ts';
import { followRecipe } from './recipes.ts';
import { findReference } from './references.ts';
import { importOf, metaOf, requireOf } from './script-globals.ts';
import { clientStandIn, counters, inTask } from './stand-ins.ts';

/** What making an object needs of the graph around it. */
export interface Maker {
  readonly modules: readonly ModuleReference[];
  readonly context: DecodeContext;
  readonly shared: Shared | undefined;
  value(slot: Slot): unknown;
}

export type ObjectNode = Exclude<GraphNode, readonly ['fn', ...unknown[]]>;

/** Kinds of nodes that stand for what only exists here, and say all about it. */
const STANDING_FOR = new Set(['client', 'intask', 'require', 'import', 'meta', 'counters', 'door']);

/** Makes what a node says; steps fill it later. */
export function makeObject(node: ObjectNode, maker: Maker): unknown {
  const made = make(node, maker);
  const file = node[0] === 'ref' && node[1][0] === 'file';
  return file || STANDING_FOR.has(node[0]) ? noteMade(made, node) : made;
}

function make(node: ObjectNode, maker: Maker): unknown {
  const { value } = maker;
  switch (node[0]) {
    case 'ref':
      return findReference(node[1], maker.modules);
    case 'bound':
      return Reflect.apply(Function.prototype.bind, value(node[1]) as AnyFunction, [
        value(node[2]),
        ...node[3].map(value),
      ]);
    case 'cell':
      return { v: undefined };
    case 'prototype':
      return Reflect.get(value(node[1]) as object, 'prototype');
    case 'object':
      return Object.create(value(node[1]) as object | null);
    case 'hollow':
      return makeHollow(value(node[1]) as new () => object, value(node[2]) as object);
    case 'array':
      return new Array(node[1]);
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'weakmap':
      return new WeakMap();
    case 'weakset':
      return new WeakSet();
    case 'error':
      return makeError(node[1]);
    case 'plain':
      return node[1];
    case 'symbol':
      return symbolOf(node[2], node[1] ?? undefined);
    case 'make':
      return followRecipe(node[1], node[2]);
    case 'captured':
      return captured(maker, node[1]);
    case 'argument':
      return resolved(maker, node[1]);
    case 'capturedlist':
      return Array.from({ length: node[2] }, (_, index) => captured(maker, node[1] + index));
    case 'argumentlist':
      return Array.from({ length: node[2] }, (_, index) => resolved(maker, node[1] + index));
    case 'client':
      return clientStandIn;
    case 'intask':
      return inTask(node[1]);
    case 'require':
      return requireOf(node[1]);
    case 'import':
      return importOf(node[1]);
    case 'meta':
      return metaOf(node[1]);
    case 'counters':
      return counters;
    case 'door':
      return door;
    case 'shared':
      return sharedAt(maker, node[1]);
  }
}

function captured({ context }: Maker, task: number): unknown {
  if (context.captured) return context.captured(task);
  throw new ValueError(`the function holds the future of task ${task} and is read where no task is known`);
}

function resolved({ context }: Maker, task: number): unknown {
  if (context.resolve) return context.resolve(task);
  throw new ValueError(`the value refers to task ${task} and is read where no task is known`);
}

function sharedAt({ shared }: Maker, index: number): unknown {
  const all = shared?.();
  if (Array.isArray(all) && index < all.length) return all[index];
  throw new ValueError('a value is damaged: the class that it shares with others is not there');
}

function makeError(stack: string | null): Error {
  const error = new Error();
  if (stack === null) Reflect.deleteProperty(error, 'stack');
  else Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  return error;
}
