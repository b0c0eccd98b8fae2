/**
 * Rebuilds instances of classes with private fields. The captured text of such a class has a door: while `on`, its
 * constructor and its initialisers run no code, and a static method under `key` fills the fields.
 */
export const door = { on: false, key: Symbol('taskloom.fill') };

type Constructor = new (...args: unknown[]) => object;
type Fill = (instance: object, values: readonly unknown[]) => void;

const fills = new WeakMap<object, Fill>();

/** Takes the fill method off a class that was just made, so that nobody else sees it. */
export function keepFill(made: object): void {
  const fill: unknown = Object.getOwnPropertyDescriptor(made, door.key)?.value;
  if (typeof fill !== 'function') return;
  Reflect.deleteProperty(made, door.key);
  fills.set(made, fill as Fill);
}

/** An object of a base class with its private fields, empty. */
export function makeHollow(owner: Constructor, prototype: object): object {
  const made = throughDoor(() => Reflect.construct(owner, []) as object);
  return Object.setPrototypeOf(made, prototype) as object;
}

/** Puts the private fields of a derived class on an object that is there: its constructor gets the object from `super()`. */
export function stamp(owner: Constructor, instance: object): void {
  const base: unknown = Object.getPrototypeOf(owner);
  Object.setPrototypeOf(
    owner,
    class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: what `super()` gives is the point.
        return instance;
      }
    },
  );
  try {
    throughDoor(() => Reflect.construct(owner, []) as object);
  } finally {
    Object.setPrototypeOf(owner, base as object);
  }
}

export function fillPrivate(owner: object, instance: object, values: readonly unknown[]): void {
  const fill = fills.get(owner);
  if (fill) Reflect.apply(fill, owner, [instance, values]);
}

function throughDoor<T>(make: () => T): T {
  door.on = true;
  try {
    return make();
  } finally {
    door.on = false;
  }
}
