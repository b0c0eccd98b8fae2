/** Tasks are released when the handle that stands for them is collected or says so. */

interface Held {
  readonly first: number;
  readonly count: number;
}

export class Handles {
  readonly #registry: FinalizationRegistry<Held>;

  constructor(release: (first: number, count: number) => void) {
    this.#registry = new FinalizationRegistry(({ first, count }) => release(first, count));
  }

  add(handle: object, first: number, count: number): void {
    this.#registry.register(handle, { first, count }, handle);
  }

  remove(handle: object): void {
    this.#registry.unregister(handle);
  }
}
