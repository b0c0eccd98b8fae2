import { TravelError } from '../../values/errors.ts';
import type { Sharing } from '../../values/graph.ts';
import type { Parts } from '../../values/port.ts';
import type { AnyFunction, Slot } from '../graph.ts';
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
  readonly #encoder = new GraphEncoder({}, { isClosed: true });
  readonly #slots: Slot[] = [];
  readonly #indexes = new Map<object | symbol, number | undefined>();

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
    if (!isClass(value) || !canBeShared(value)) return undefined;
    const slot = this.#encoder.slot(value, undefined, 'captured');
    this.#encoder.encodePending();
    this.#forgetMissing();
    return this.#slots.push(slot) - 1;
  }

  /** A symbol that was not there may have come with the class. */
  #forgetMissing(): void {
    for (const [value, index] of this.#indexes) if (index === undefined) this.#indexes.delete(value);
  }

  finish(): Parts | undefined {
    if (this.#slots.length === 0) return undefined;
    const list = this.#encoder.shared(this, () => ['array', this.#slots.length]);
    this.#encoder.steps.push(['properties', list, [...this.#slots.keys()], this.#slots]);
    return graphParts(this.#encoder.finish(list, true));
  }
}

export function commonOf(sharing: Sharing): Common {
  sharing.common ??= new Common();
  return sharing.common as Common;
}

function isClass(value: object): boolean {
  return Function.prototype.toString.call(value as AnyFunction).startsWith('class');
}

/** Tried in a table that is thrown away: a class that is given up half-way would leave its parts behind. */
function canBeShared(owner: object): boolean {
  const trial = new GraphEncoder({}, { isClosed: true });
  try {
    trial.finish(trial.slot(owner, undefined, 'captured'), false);
    return trial.weak.length === 0;
  } catch (error) {
    if (error instanceof TravelError) return false;
    throw error;
  }
}
