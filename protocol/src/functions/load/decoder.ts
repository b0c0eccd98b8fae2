import { ValueError } from '../../values/errors.ts';
import type { DecodeContext } from '../../values/port.ts';
import { type AnyFunction, DOOR, type Graph, type GraphNode, type Slot } from '../graph.ts';
import { findClass, keepLoadedClass } from '../identities.ts';
import { noteMade } from '../origins.ts';
import { compiled, type LateFactory } from './compile.ts';
import { door, keepFill, makeHollow } from './hollow.ts';
import { importOf, metaOf, requireOf } from './modules.ts';
import { followRecipe } from './recipes.ts';
import { findReference } from './references.ts';
import { clientStandIn, counters, inTask } from './stand-ins.ts';
import { applyStep } from './steps.ts';

type FunctionNode = Extract<GraphNode, readonly ['fn', ...unknown[]]>;

/**
 * Rebuilds one graph.
 *
 * 1. A node is made after what it cannot be without (a class after its base, an instance after its class).
 * 2. A function gets what it closes over as parameters; a name whose value is being made just then is set later.
 * 3. Steps run when all nodes are there.
 */
export class GraphDecoder {
  readonly #graph: Graph;
  readonly #context: DecodeContext;
  readonly #made: unknown[] = [];
  readonly #state: Uint8Array;
  readonly #late: (() => void)[] = [];
  readonly #originals = new Set<number>();

  constructor(graph: Graph, context: DecodeContext) {
    this.#graph = graph;
    this.#context = context;
    this.#state = new Uint8Array(graph.nodes.length);
  }

  decode(): unknown {
    for (let node = 0; node < this.#graph.nodes.length; node += 1) this.#make(node);
    for (const set of this.#late) set();
    for (const step of this.#graph.steps)
      if (!this.#isOriginal(step[1])) applyStep(step, (slot) => this.#value(slot));
    return this.#value(this.#graph.root);
  }

  #value(slot: Slot): unknown {
    return typeof slot === 'number' ? this.#make(slot) : slot[0];
  }

  #make(index: number): unknown {
    if (this.#state[index] === MADE) return this.#made[index];
    const node = this.#graph.nodes[index];
    if (!node || this.#state[index] === MAKING)
      throw new ValueError('a function is damaged: its parts need each other');
    this.#state[index] = MAKING;
    const made = node[0] === 'fn' ? this.#makeFunction(index, node) : noteNode(this.#makeObject(node), node);
    this.#made[index] = made;
    this.#state[index] = MADE;
    return made;
  }

  /** False for what is being made, and for what cannot be without it. */
  #isReady(slot: Slot): boolean {
    if (typeof slot !== 'number' || this.#state[slot] === MADE) return true;
    const node = this.#graph.nodes[slot];
    return (
      this.#state[slot] === NOT_MADE && node !== undefined && needs(node).every((need) => this.#isReady(need))
    );
  }

  /** A class that is back where it was written, or its prototype: what arrives does not change it. */
  #isOriginal(index: number): boolean {
    if (this.#originals.has(index)) return true;
    const node = this.#graph.nodes[index];
    return node?.[0] === 'prototype' && typeof node[1] === 'number' && this.#originals.has(node[1]);
  }

  #makeFunction(index: number, node: FunctionNode): unknown {
    const identity = node[7];
    if (identity === undefined) return this.#compile(node);
    const found = findClass(identity, node[3].includes(DOOR));
    if (found?.original) this.#originals.add(index);
    if (found) return found.owner;
    const made = this.#compile(node);
    keepLoadedClass(identity, made);
    return made;
  }

  #compile(node: FunctionNode): AnyFunction {
    const [, source, name, names, slots, strict, place] = node;
    const values: unknown[] = [];
    const late: string[] = [];
    const lateSlots: Slot[] = [];
    names.forEach((captured, index) => {
      const slot = slots[index] ?? MISSING;
      if (captured === '__super' || this.#isReady(slot)) values.push(this.#value(slot));
      else {
        late.push(captured);
        lateSlots.push(slot);
      }
    });
    const { hash, text } = this.#source(source);
    const factory = compiled({ hash, text, names, late, strict, place });
    if (late.length === 0) return finished(factory(...values), name);
    const [made, set] = (factory as LateFactory)(...values);
    this.#late.push(() => set(...lateSlots.map((slot) => this.#value(slot))));
    return finished(made, name);
  }

  #source(index: number): { hash: string; text: () => string } {
    const entry = this.#graph.sources[index];
    if (entry === undefined) throw new ValueError('a function is damaged: its source is not named');
    if (typeof entry !== 'string') return { hash: entry[0], text: () => entry[1] };
    const { source } = this.#context;
    if (!source) throw new ValueError('functions cannot be read here: no sources are known');
    return { hash: entry, text: () => source(entry) };
  }

  #makeObject(node: Exclude<GraphNode, FunctionNode>): unknown {
    const value = (slot: Slot) => this.#value(slot);
    switch (node[0]) {
      case 'ref':
        return findReference(node[1], this.#graph.modules);
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
        return Symbol(node[1] ?? undefined);
      case 'make':
        return followRecipe(node[1], node[2]);
      case 'captured':
        return this.#captured(node[1]);
      case 'argument':
        return this.#resolved(node[1]);
      case 'capturedlist':
        return Array.from({ length: node[2] }, (_, index) => this.#captured(node[1] + index));
      case 'argumentlist':
        return Array.from({ length: node[2] }, (_, index) => this.#resolved(node[1] + index));
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
    }
  }

  #captured(task: number): unknown {
    const { captured } = this.#context;
    if (!captured)
      throw new ValueError(
        `the function holds the future of task ${task} and is read where no task is known`,
      );
    return captured(task);
  }

  #resolved(task: number): unknown {
    const { resolve } = this.#context;
    if (!resolve) throw new ValueError(`the value refers to task ${task} and is read where no task is known`);
    return resolve(task);
  }
}

const NOT_MADE = 0;
const MAKING = 1;
const MADE = 2;
const MISSING: Slot = [undefined];

/** Kinds of nodes that stand for what only exists here, and say all about it. */
const STANDING_FOR = new Set(['client', 'intask', 'require', 'import', 'meta', 'counters', 'door']);

function noteNode(made: unknown, node: GraphNode): unknown {
  const file = node[0] === 'ref' && node[1][0] === 'file';
  return file || STANDING_FOR.has(node[0]) ? noteMade(made, node) : made;
}

/** What must be made before a node can be. */
function needs(node: GraphNode): readonly Slot[] {
  switch (node[0]) {
    case 'fn': {
      const base = node[3].indexOf('__super');
      return base < 0 ? [] : [node[4][base] ?? MISSING];
    }
    case 'bound':
      return [node[1], node[2], ...node[3]];
    case 'prototype':
    case 'object':
      return [node[1]];
    case 'hollow':
      return [node[1], node[2]];
    default:
      return [];
  }
}

/** A method comes in an object literal; a name that only the place of definition gave is set. */
function finished(made: unknown, name: string): AnyFunction {
  const fn = typeof made === 'function' ? (made as AnyFunction) : methodIn(made as object);
  if (name !== '' && fn.name !== name) Object.defineProperty(fn, 'name', { value: name, configurable: true });
  keepFill(fn);
  return fn;
}

function methodIn(literal: object): AnyFunction {
  const [descriptor] = Object.values(Object.getOwnPropertyDescriptors(literal)) as PropertyDescriptor[];
  const found: unknown = descriptor?.value ?? descriptor?.get ?? descriptor?.set;
  if (typeof found !== 'function')
    throw new ValueError('a function is damaged: its source makes no function');
  return found as AnyFunction;
}

function makeError(stack: string | null): Error {
  const error = new Error();
  if (stack === null) Reflect.deleteProperty(error, 'stack');
  else Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  return error;
}
