/** Keys waiting in lanes that are served in turn: a lane with a thousand keys delays another by one. */
export class Lanes {
  readonly #laneOf: (key: string) => string;
  /** The lane that is first in the map is served next. */
  readonly #lanes = new Map<string, Set<string>>();
  #size = 0;

  constructor(laneOf: (key: string) => string) {
    this.#laneOf = laneOf;
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    return this.#lanes.get(this.#laneOf(key))?.has(key) ?? false;
  }

  push(key: string): void {
    const name = this.#laneOf(key);
    const lane = this.#lanes.get(name);
    if (lane?.has(key)) return;
    if (lane) lane.add(key);
    else this.#lanes.set(name, new Set([key]));
    this.#size++;
  }

  shift(): string | undefined {
    for (const [name, lane] of this.#lanes) {
      for (const key of lane) {
        lane.delete(key);
        this.#lanes.delete(name);
        if (lane.size > 0) this.#lanes.set(name, lane);
        this.#size--;
        return key;
      }
    }
    return undefined;
  }

  clear(): void {
    this.#lanes.clear();
    this.#size = 0;
  }
}
