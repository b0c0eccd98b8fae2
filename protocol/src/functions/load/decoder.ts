import { ValueError } from '../../values/errors.ts';
import type { Shared } from '../../values/graph.ts';
import type { DecodeContext } from '../../values/port.ts';
import { type AnyFunction, DOOR, type Graph, type GraphNode, type Slot, type Step } from '../graph.ts';
import { findClass, findState, keepLoadedClass, keepLoadedState } from '../identities.ts';
import { compiled, type LateFactory } from './compile.ts';
import { keepFill } from './hollow.ts';
import { type Maker, makeObject } from './make-object.ts';
import { replaceWithin } from './replace.ts';
import { applyStep } from './steps.ts';

type FunctionNode = Extract<GraphNode, readonly ['fn', ...unknown[]]>;

/**
 * Rebuilds one graph.
 *
 * 1. A node is made after what it cannot be without (a class after its base, an instance after its class).
 * 2. A function gets what it closes over as parameters; a name whose value is being made just then is set later.
 * 3. Steps run when all nodes are there.
 * 4. What a class closes over and is here already is taken as it is now, not made again: its steps were run.
 * 5. A class that names members by variables (`[key]() {}`) reads them when it is made: what they hold is filled before it.
 */
export class GraphDecoder {
  readonly #graph: Graph;
  readonly #context: DecodeContext;
  readonly #made: unknown[] = [];
  readonly #state: Uint8Array;
  readonly #late: (() => void)[] = [];
  readonly #maker: Maker;
  /** Classes that are back where they were written: what arrives does not change them. */
  readonly #originals = new Set<number>();
  /** Classes that were loaded before. */
  readonly #met = new Set<number>();
  readonly #found = new Set<number>();
  readonly #applied = new Set<Step>();
  #filling: Map<number, Step[]> | undefined;

  constructor(graph: Graph, context: DecodeContext, shared?: Shared) {
    this.#graph = graph;
    this.#context = context;
    this.#maker = { modules: graph.modules, context, shared, value: (slot) => this.#value(slot) };
    this.#state = new Uint8Array(graph.nodes.length);
  }

  decode(): unknown {
    this.#takeStates();
    for (let node = 0; node < this.#graph.nodes.length; node += 1) this.#make(node);
    for (const set of this.#late) set();
    for (const step of this.#graph.steps) this.#apply(step);
    this.#keepStates();
    return this.#value(this.#graph.root);
  }

  #apply(step: Step): void {
    if (this.#applied.has(step)) return;
    if (!this.#isTaken(step)) applyStep(step, (slot) => this.#value(slot));
  }

  #takeStates(): void {
    const replaced = new Map<unknown, object>();
    for (const [index, identity] of this.#graph.states) {
      const state = findState(identity);
      if (!state) continue;
      this.#made[index] = state;
      this.#state[index] = MADE;
      this.#found.add(index);
      const node = this.#graph.nodes[index];
      if (node?.[0] === 'plain') replaced.set(node[1], state);
    }
    const { nodes, steps, root } = this.#graph;
    if (replaced.size > 0) replaceWithin([nodes, steps, root], replaced);
  }

  #keepStates(): void {
    for (const [index, identity] of this.#graph.states)
      if (!this.#found.has(index)) keepLoadedState(identity, this.#made[index] as object);
  }

  /** Whether what a step fills has it already, or is not to be changed. */
  #isTaken(step: Step): boolean {
    const [kind, index] = step;
    if (this.#belongsTo(this.#originals, index)) return true;
    const node = this.#made[index];
    // What a weak collection says about objects that just arrived is news.
    if (this.#found.has(index))
      return kind !== 'entries' || !(node instanceof WeakMap || node instanceof WeakSet);
    if (kind === 'prototype' && this.#belongsTo(this.#met, index)) return true;
    return (kind === 'define' || kind === 'accessor') && isFixed(node, this.#value(step[2]) as PropertyKey);
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
    const made = node[0] === 'fn' ? this.#makeFunction(index, node) : makeObject(node, this.#maker);
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

  /** Whether a node is one of these classes, or its prototype. */
  #belongsTo(classes: ReadonlySet<number>, index: number): boolean {
    if (classes.has(index)) return true;
    const node = this.#graph.nodes[index];
    return node?.[0] === 'prototype' && typeof node[1] === 'number' && classes.has(node[1]);
  }

  #makeFunction(index: number, node: FunctionNode): unknown {
    const identity = node[7];
    if (identity === undefined) return this.#compile(node);
    const found = findClass(
      identity,
      node[3].includes(DOOR) || !this.#extendsWhatItDidAtHome(identity, node),
    );
    if (found) {
      (found.original ? this.#originals : this.#met).add(index);
      return found.owner;
    }
    const made = this.#compile(node);
    keepLoadedClass(identity, made);
    return made;
  }

  /** Back in its own process, a class whose base is a copy there, as its instances need, is a copy too: they are of both. */
  #extendsWhatItDidAtHome(identity: string, [, , , names, slots]: FunctionNode): boolean {
    const at = names.indexOf('__super');
    const home = at < 0 ? undefined : findClass(identity, false);
    if (!home?.original) return true;
    const base = this.#value(slots[at] ?? MISSING);
    return base === null || base === Object.getPrototypeOf(home.owner);
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
    if (node[7] !== undefined && COMPUTED_MEMBER.test(text())) this.#fillFrom(slots);
    const factory = compiled({ hash, text, names, late, strict, place });
    if (late.length === 0) return finished(factory(...values), name);
    const [made, set] = (factory as LateFactory)(...values);
    this.#late.push(() => set(...lateSlots.map((slot) => this.#value(slot))));
    return finished(made, name);
  }

  /** Fills what can be reached from the slots, as far as it is there before all else is. */
  #fillFrom(slots: readonly Slot[]): void {
    const reached = new Set<number>();
    const waiting = [...slots];
    for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
      if (typeof slot !== 'number' || reached.has(slot) || !this.#isReady(slot)) continue;
      reached.add(slot);
      this.#make(slot);
      const node = this.#graph.nodes[slot];
      if (node?.[0] === 'fn') waiting.push(...node[4]);
      for (const step of this.#stepsOf(slot)) waiting.push(...filledFrom(step));
    }
    for (const node of reached) {
      const steps = this.#stepsOf(node);
      const blocked = steps.findIndex((step) => !filledFrom(step).every((slot) => this.#isMade(slot)));
      for (const step of blocked < 0 ? steps : steps.slice(0, blocked)) {
        this.#apply(step);
        this.#applied.add(step);
      }
    }
  }

  #isMade(slot: Slot): boolean {
    return typeof slot !== 'number' || this.#state[slot] === MADE;
  }

  /** Those that say what a node holds; what else is done to it is done at the end. */
  #stepsOf(node: number): readonly Step[] {
    if (this.#filling === undefined) {
      this.#filling = new Map();
      for (const step of this.#graph.steps) {
        if (!FILLING.has(step[0])) continue;
        const steps = this.#filling.get(step[1]);
        if (steps) steps.push(step);
        else this.#filling.set(step[1], [step]);
      }
    }
    return this.#filling.get(node) ?? [];
  }

  #source(index: number): { hash: string; text: () => string } {
    const entry = this.#graph.sources[index];
    if (entry === undefined) throw new ValueError('a function is damaged: its source is not named');
    if (typeof entry !== 'string') return { hash: entry[0], text: () => entry[1] };
    const { source } = this.#context;
    if (!source) throw new ValueError('functions cannot be read here: no sources are known');
    return { hash: entry, text: () => source(entry) };
  }
}

const NOT_MADE = 0;
const MAKING = 1;
const MADE = 2;
const MISSING: Slot = [undefined];

/** A member of a class whose name is in brackets, and some texts that look like one. */
const COMPUTED_MEMBER = /[{};*\s]\[/;
const FILLING: ReadonlySet<Step[0]> = new Set(['properties', 'define', 'accessor', 'mirror', 'entries']);

/** What a step puts into its node. */
function filledFrom(step: Step): readonly Slot[] {
  switch (step[0]) {
    case 'properties':
      return step[3];
    case 'define':
      return [step[2], step[4]];
    case 'accessor':
      return [step[2], step[4], step[5]];
    case 'mirror':
      return [step[3]];
    case 'entries':
      return step[2];
    default:
      return [];
  }
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

/** A class that was here before has such a property from then. */
function isFixed(node: unknown, key: PropertyKey): boolean {
  const present = Object.getOwnPropertyDescriptor(node, key);
  return present?.configurable === false && present.writable !== true;
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
