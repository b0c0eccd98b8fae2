import { TravelError } from '../../values/errors.ts';
import type { Sharing } from '../../values/graph.ts';
import type { Parts } from '../../values/port.ts';
import type { AnyFunction, GraphNode, Slot, Step } from '../graph.ts';
import { GraphEncoder } from './encoder.ts';
import { graphParts } from './graph-blob.ts';

/**
 * What the rows of a column do not repeat: their classes with what these close over, in a table of its own.
 *
 * 1. Only classes, and the symbols that they mention: a class is one class for all that arrives anyhow (identities.ts). All else
 *    belongs to a row, so that no task sees what another does to its argument.
 * 2. A row that holds a part of its class (`Color.RED`) is sent whole, as if it were alone.
 * 3. A class that holds a future stays in its rows, since only their tasks wait for it; so does one that holds a WeakMap, of which
 *    each row sends entries, and one that cannot travel, which is refused with the way to it.
 */
export class Common {
  #encoder = new GraphEncoder({}, { isClosed: true });
  readonly #slots: Slot[] = [];
  readonly #indexes = new Map<object | symbol, number | undefined>();
  #finished: Parts | undefined;

  indexOf(value: object | symbol): number | undefined {
    if (!this.#indexes.has(value)) this.#indexes.set(value, this.#add(value));
    return this.#indexes.get(value);
  }

  holds(key: unknown): boolean {
    return this.#slots.length > 0 && this.#encoder.indexOf(key) !== undefined;
  }

  #add(value: object | symbol): number | undefined {
    if (typeof value === 'symbol') {
      const node = this.#encoder.indexOf(value);
      return node === undefined ? undefined : this.#slots.push(node) - 1;
    }
    const tried = isClass(value) ? tableOf(value) : undefined;
    if (!tried) return undefined;
    // Most rows share one class: the table that was tried is the one.
    if (this.#slots.length === 0) this.#encoder = tried;
    const slot = this.#encoder.slot(value, undefined, 'captured');
    this.#encoder.encodePending();
    this.#forgetMissing();
    this.#finished = undefined;
    return this.#slots.push(slot) - 1;
  }

  /** A symbol that was not there may have come with the class. */
  #forgetMissing(): void {
    for (const [value, index] of this.#indexes) if (index === undefined) this.#indexes.delete(value);
  }

  finish(): Parts | undefined {
    if (this.#slots.length > 0) this.#finished ??= this.#written();
    return this.#finished;
  }

  #written(): Parts {
    const graph = this.#encoder.finish(0, true);
    const list = graph.nodes.length;
    const fill: Step = ['properties', list, [...this.#slots.keys()], this.#slots];
    const nodes: GraphNode[] = [...graph.nodes, ['array', this.#slots.length]];
    return graphParts({ ...graph, nodes, steps: [...graph.steps, fill], root: list });
  }
}

export function commonOf(sharing: Sharing): Common {
  sharing.common ??= new Common();
  return sharing.common as Common;
}

function isClass(value: object): boolean {
  return Function.prototype.toString.call(value as AnyFunction).startsWith('class');
}

/** A table of its own, since a class that is given up half-way would leave its parts behind; undefined when it cannot be shared. */
function tableOf(owner: object): GraphEncoder | undefined {
  const encoder = new GraphEncoder({}, { isClosed: true });
  try {
    encoder.slot(owner, undefined, 'captured');
    encoder.encodePending();
    return encoder.weak.length === 0 ? encoder : undefined;
  } catch (error) {
    if (error instanceof TravelError) return undefined;
    throw error;
  }
}
