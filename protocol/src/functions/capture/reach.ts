import { joinParts } from '../../values/parts.ts';
import { encodeValue } from '../../values/value.ts';
import type { Graph, GraphNode, Slot, Step } from '../graph.ts';
import { hashOf } from './blob.ts';

interface Local {
  /** What the node and its steps say, but for which nodes they refer to. */
  readonly hash: string;
  readonly children: readonly number[];
}

/**
 * Hashes of what nodes of one graph reach, the same wherever else the same is reached: what a node says is encoded once,
 * however many ask, since encoding is dear and walking is not.
 */
export class Reach {
  readonly #graph: Graph;
  readonly #steps = new Map<number, Step[]>();
  /** Nodes of functions' prototypes, by those of the functions. */
  readonly #prototypes = new Map<number, number>();
  readonly #locals = new Map<number, Local>();

  /** `loose` are nodes whose steps depend on who else refers to them. */
  constructor(graph: Graph, loose: ReadonlySet<number>) {
    this.#graph = graph;
    for (const [index, node] of graph.nodes.entries())
      if (node[0] === 'prototype' && typeof node[1] === 'number') this.#prototypes.set(node[1], index);
    for (const step of graph.steps) {
      if (loose.has(step[1])) continue;
      const steps = this.#steps.get(step[1]);
      if (steps) steps.push(step);
      else this.#steps.set(step[1], [step]);
    }
  }

  hash(root: number): string {
    const order = new Map<number, number>([[root, 0]]);
    const told: (string | number)[] = [];
    for (const index of order.keys()) {
      const { hash, children } = this.#local(index);
      told.push(hash);
      for (const child of children) {
        const at = order.get(child) ?? order.size;
        order.set(child, at);
        told.push(at);
      }
    }
    return hashOf(Buffer.from(told.join()));
  }

  #local(index: number): Local {
    const known = this.#locals.get(index);
    if (known) return known;
    const children: number[] = [];
    const cut = (slot: Slot): Slot => {
      if (typeof slot !== 'number') return slot;
      children.push(slot);
      return 0;
    };
    const node = this.#graph.nodes[index] ?? (['cell'] as const);
    const steps = this.#steps.get(index) ?? [];
    const says = [this.#named(node, cut), ...steps.map((step) => cutStep(step, cut))];
    const prototype = this.#prototypes.get(index);
    // One that nothing was added to has a node only if somebody else refers to it.
    if (prototype !== undefined && this.#steps.has(prototype)) children.push(prototype);
    const local = { hash: hashOf(joinParts(encodeValue(says))), children };
    this.#locals.set(index, local);
    return local;
  }

  /** A node without its slots; sources and modules have other numbers in another graph. */
  #named(node: GraphNode, cut: (slot: Slot) => Slot): readonly unknown[] {
    const { sources, modules } = this.#graph;
    if (node[0] === 'fn')
      return ['fn', sources[node[1]], ...node.slice(2, 4), node[4].map(cut), ...node.slice(5)];
    if (node[0] === 'ref' && node[1][0] === 'module')
      return ['ref', modules[node[1][1]], ...node[1].slice(2)];
    return cutNode(node, cut);
  }
}

function cutNode(node: GraphNode, cut: (slot: Slot) => Slot): readonly unknown[] {
  switch (node[0]) {
    case 'bound':
      return ['bound', cut(node[1]), cut(node[2]), node[3].map(cut)];
    case 'prototype':
    case 'object':
      return [node[0], cut(node[1])];
    case 'hollow':
      return ['hollow', cut(node[1]), cut(node[2])];
    default:
      return node;
  }
}

/** A step without its node and its slots. */
function cutStep(step: Step, cut: (slot: Slot) => Slot): readonly unknown[] {
  switch (step[0]) {
    case 'prototype':
      return ['prototype', cut(step[2])];
    case 'properties':
      return ['properties', step[2], step[3].map(cut)];
    case 'define':
      return ['define', cut(step[2]), step[3], cut(step[4])];
    case 'accessor':
      return ['accessor', cut(step[2]), step[3], cut(step[4]), cut(step[5])];
    case 'mirror':
      return ['mirror', step[2], cut(step[3]), step[4]];
    case 'entries':
      return ['entries', step[2].map(cut)];
    case 'private':
      return ['private', cut(step[2]), step[3], step[4].map(cut)];
    case 'seal':
      return ['seal', step[2]];
  }
}
