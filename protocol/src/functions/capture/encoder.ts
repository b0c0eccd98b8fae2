import { isFuture, isFutures, isResolved, NO_MEANING } from '../../values/futures.ts';
import { type EncodeHooks, FUTURE, FUTURES, type FutureLike, type FuturesLike } from '../../values/port.ts';
import type {
  Graph,
  GraphNode,
  ModuleReference,
  Reference,
  Slot,
  SourceEntry,
  State,
  Step,
} from '../graph.ts';
import { symbolIdentity } from '../identities.ts';
import { madeFrom } from '../origins.ts';
import type { Blob } from './blob.ts';
import { encodeFunction } from './encode-function.ts';
import { encodeObject } from './encode-object.ts';
import { type Known, lookUpKnown } from './known.ts';
import { internModule, type ModuleKey } from './packages.ts';
import { type Path, refuse } from './path.ts';
import { PlainScan } from './plain.ts';
import { addWeakEntries, type WeakCollection } from './weak.ts';

/** Where a future stands decides what arrives: its value as (part of) an argument, a resolved future when captured. */
export type Standing = 'argument' | 'captured';

interface Partial {
  readonly node: number;
  /** True the first time that a member is asked for. */
  take(member: string): boolean;
}

/** See shared-classes.ts. */
interface Common {
  indexOf(value: object | symbol): number | undefined;
  holds(key: unknown): boolean;
}

/** Nodes of what has no state that could differ between two copies. */
const STATELESS = new Set(['shared', 'ref', 'prototype', 'symbol', 'client', 'intask', 'counters', 'door']);

interface Pending {
  readonly node: number;
  readonly value: object;
  readonly path: Path | undefined;
  readonly standing: Standing;
}

/**
 * Builds the table of one graph.
 *
 * 1. An object becomes one node, whatever the number of ways to it; the order of work is a queue, so depth is no limit.
 * 2. `constant` stays true while nothing was met that could be different at the next capture.
 * 3. A node's index is given out before the node is known: cycles need no special case.
 */
export class GraphEncoder {
  readonly nodes: GraphNode[] = [];
  readonly steps: Step[] = [];
  readonly seals: Step[] = [];
  readonly sources: Blob[] = [];
  readonly modules: ModuleReference[] = [];
  readonly futures = new Set<number>();
  readonly weak: WeakCollection[] = [];
  /** What the functions met so far close over: objects by themselves, variables by their keys. */
  readonly closedOver = new Map<object | string, unknown>();
  /** Of that, what belongs to classes, by name. */
  readonly states = new Map<object | string, string>();
  readonly hooks: EncodeHooks;
  constant = true;
  readonly #indexes = new Map<unknown, number>();
  readonly #moduleIndexes = new Map<ModuleKey, number>();
  readonly #pending: Pending[] = [];
  readonly #partials = new Map<object, Partial>();
  readonly #scan = new PlainScan();

  /** To compare closures: static state is left out, and names of classes, which depend on it. */
  readonly closureOnly: boolean;

  /** Futures without a hook are refused. */
  readonly #isClosed: boolean;

  /** What other rows of the same column mention too, and is sent once for all of them. */
  readonly #common: Common | undefined;

  constructor(
    hooks: EncodeHooks = {},
    options: {
      readonly closureOnly?: boolean;
      readonly isClosed?: boolean;
      readonly common?: Common | undefined;
    } = {},
  ) {
    this.hooks = hooks;
    this.closureOnly = options.closureOnly ?? false;
    this.#isClosed = options.isClosed ?? false;
    this.#common = options.common;
  }

  /** Where the value will be found: itself when it is plain, else its node. */
  slot(value: unknown, path: Path | undefined, standing: Standing): Slot {
    if (typeof value === 'symbol') return this.#shared(value) ?? this.#symbol(value);
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return [value];
    if (isFuture(value)) return this.#future(value, standing, path);
    if (isFutures(value)) return this.#futureList(value, standing, path);
    if (standing === 'argument' && isResolved(value)) return this.slot(value.value, path, standing);
    const index = this.#indexes.get(value);
    if (index !== undefined) return index;
    const partial = this.#partials.get(value);
    if (partial) return this.#complete(partial, value, path, standing);
    const known = lookUpKnown(value);
    if (known) return this.shared(value, () => ['ref', this.reference(known)]);
    const made = madeFrom(value);
    if (made) return this.shared(value, () => made);
    if (typeof value === 'object' && this.#scan.isPlain(value)) {
      this.constant = false;
      return [value];
    }
    const shared = typeof value === 'function' ? this.#shared(value) : undefined;
    if (shared !== undefined) return shared;
    this.constant &&= typeof value === 'function';
    const node = this.reserve(value);
    this.#pending.push({ node, value, path, standing });
    return node;
  }

  /** Makes sure that an object is a node, so that steps can name it. */
  reserve(key: unknown): number {
    const node = this.nodes.length;
    this.nodes.push(['cell']);
    this.#indexes.set(key, node);
    return node;
  }

  /** A node that stands under a key of its own: made at the first mention. */
  shared(key: unknown, make: () => GraphNode): number {
    const index = this.#indexes.get(key);
    if (index !== undefined) return index;
    const node = this.reserve(key);
    this.nodes[node] = make();
    return node;
  }

  /** The node of a variable that functions share. */
  cell(key: string, value: unknown, path: Path | undefined): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.constant = false;
    const node = this.reserve(key);
    this.steps.push(['properties', node, ['v'], [this.slot(value, path, 'captured')]]);
    return node;
  }

  /** The node of an object of which only some members are sent. */
  partialOf(value: object): Partial {
    const whole = this.#indexes.get(value);
    if (whole !== undefined) return { node: whole, take: () => false };
    const known = this.#partials.get(value);
    if (known) return known;
    const taken = new Set<string>();
    const node = this.nodes.push(['object', [null]]) - 1;
    const take = (member: string) => taken.size !== taken.add(member).size;
    const partial = { node, take };
    this.#partials.set(value, partial);
    return partial;
  }

  /** The node for something that the rows of a column share. */
  #shared(value: object | symbol): number | undefined {
    const index = this.#common?.indexOf(value);
    return index === undefined ? undefined : this.shared(value, () => ['shared', index]);
  }

  /** Whether something of this row is part of a shared class too: sent apart, they would no longer be the same. */
  get isEntangled(): boolean {
    for (const [key, node] of this.#indexes)
      if (this.#common?.holds(key) && !STATELESS.has(this.nodes[node]?.[0] ?? '')) return true;
    return false;
  }

  #complete(partial: Partial, value: object, path: Path | undefined, standing: Standing): number {
    this.#indexes.set(value, partial.node);
    this.#pending.push({ node: partial.node, value, path, standing });
    return partial.node;
  }

  indexOf(key: unknown): number | undefined {
    return this.#indexes.get(key);
  }

  /** Whether it was found plain, and so has no node. */
  isPlain(value: unknown): boolean {
    return typeof value === 'object' && value !== null && this.#scan.plain.has(value);
  }

  /** Nodes that hold what is asked of them: weak collections, and modules of which only some members are sent. */
  looseNodes(): ReadonlySet<number> {
    const partials = [...this.#partials.values()].map(({ node }) => node);
    return new Set([...partials, ...this.weak.map(({ node }) => node)]);
  }

  finish(root: Slot, carrySources: boolean): Graph {
    this.encodePending();
    while (addWeakEntries(this, this.weak, this.#indexes, this.#scan.plain)) this.encodePending();
    const sources = this.sources.map((blob): SourceEntry => {
      return carrySources ? [blob.hash, textOf(blob)] : blob.hash;
    });
    const states = this.#stateNodes();
    const steps = [...this.steps, ...this.seals];
    return { nodes: this.nodes, steps, root, sources, modules: this.modules, states };
  }

  #stateNodes(): State[] {
    const states: State[] = [];
    for (const [key, identity] of this.states) {
      const node = this.#stateNode(key);
      if (node !== undefined && HOLDING.has(this.nodes[node]?.[0])) states.push([node, identity]);
    }
    return states;
  }

  /** Plain data stands in slots; so that it can be named, it gets a node beside them, which holds the same object. */
  #stateNode(key: object | string): number | undefined {
    const node = this.#indexes.get(key);
    if (node !== undefined || typeof key === 'string' || !this.#scan.plain.has(key)) return node;
    return this.shared(key, () => ['plain', key]);
  }

  encodePending(): void {
    for (let next = 0; next < this.#pending.length; next += 1) {
      const item = this.#pending[next];
      if (item) this.#encode(item);
    }
    this.#pending.length = 0;
  }

  source(blob: Blob): number {
    const index = this.sources.indexOf(blob);
    return index >= 0 ? index : this.sources.push(blob) - 1;
  }

  reference(known: Known): Reference {
    if (known.root === 'global') return ['global', ...known.path];
    if (known.root === 'node') return ['node', known.id, ...known.path];
    const { path } = known;
    const module = internModule(known.module);
    let index = this.#moduleIndexes.get(module);
    if (index === undefined) {
      index = this.modules.push(module) - 1;
      this.#moduleIndexes.set(module, index);
    }
    return ['module', index, ...path];
  }

  #encode(item: Pending): void {
    const { node, value, path, standing } = item;
    if (typeof value === 'function') this.nodes[node] = encodeFunction(this, value, node, path);
    else if (Reflect.get(value, CLIENT) === true) this.nodes[node] = ['client'];
    else this.nodes[node] = encodeObject(this, value, node, path, standing);
  }

  #future(future: FutureLike, standing: Standing, path: Path | undefined): number {
    if (this.#isClosed && !this.hooks.future) refuse(path, NO_MEANING);
    const task = future[FUTURE];
    this.constant = false;
    if (!this.futures.has(task)) this.hooks.future?.(future, 0);
    this.futures.add(task);
    return this.shared(`${standing} ${task}`, () => [standing, task]);
  }

  #futureList(list: FuturesLike, standing: Standing, path: Path | undefined): number {
    if (this.#isClosed && !this.hooks.futures) refuse(path, NO_MEANING);
    const { first, count } = list[FUTURES];
    this.constant = false;
    this.hooks.futures?.(list, 0);
    for (let index = 0; index < count; index += 1) this.futures.add(first + index);
    return this.shared(`${standing} ${first}+${count}`, () => [`${standing}list`, first, count]);
  }

  #symbol(symbol: symbol): Slot {
    const key = Symbol.keyFor(symbol);
    if (key !== undefined) return this.shared(symbol, () => ['make', 'Symbol.for', [key]]);
    const known = lookUpKnown(symbol);
    if (known) return this.shared(symbol, () => ['ref', this.reference(known)]);
    return this.shared(symbol, () => ['symbol', symbol.description ?? null, symbolIdentity(symbol)]);
  }
}

/** Nodes of what has content that may change. */
const HOLDING = new Set<string | undefined>([
  ...['cell', 'object', 'hollow', 'array', 'map', 'set', 'weakmap', 'weakset', 'error', 'plain', 'make'],
]);
const CLIENT = Symbol.for('taskloom.client');

function textOf(blob: Blob): string {
  return Buffer.concat(blob.parts).toString('utf8');
}
