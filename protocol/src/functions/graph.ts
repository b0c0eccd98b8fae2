/**
 * A graph value (codec 3): what has identity, as a table that two passes rebuild.
 *
 * 1. A node makes one object; slots refer to nodes by index or hold a plain value.
 * 2. Nodes may be made in any order that their strong references allow; steps then fill them, in order.
 * 3. Source texts are named by hash. A value carries them itself, a function image beside itself.
 *
 * The table is plain data: kinds are wire format, only append.
 */

/** Any function whatever its parameters. */
export type AnyFunction = (...args: never) => unknown;

/** A node's index, or a plain value in a list of one. */
export type Slot = number | readonly [unknown];

/** Where a function stands in its author's files: url, line, column. */
export type Place = readonly [url: string, line: number, column: number];

export interface ModuleReference {
  readonly name: string;
  readonly version: string;
  /** As the import says it (`lodash/fp`), or a file below the package's own directory. */
  readonly target: { readonly specifier: string } | { readonly file: string };
  /** The file that imported it. */
  readonly from: string;
  readonly esm: boolean;
}

/** Something that both sides have: a path of property names from a root. */
export type Reference =
  | readonly ['global', ...path: string[]]
  | readonly ['node', id: string, ...path: string[]]
  | readonly ['module', module: number, ...path: string[]]
  | readonly ['file', url: string, name: string];

export type GraphNode =
  | readonly ['ref', Reference]
  | readonly [
      'fn',
      source: number,
      name: string,
      names: readonly string[],
      slots: readonly Slot[],
      strict: boolean,
      place: Place,
      /** Of a class: by what name it is the same class as one that came before. */
      identity?: string,
    ]
  | readonly ['bound', target: Slot, boundThis: Slot, args: readonly Slot[]]
  /** `holder.v` is a variable that functions share. */
  | readonly ['cell']
  /** A function's own `prototype`. */
  | readonly ['prototype', owner: Slot]
  | readonly ['object', prototype: Slot]
  /** An instance of a class with private fields: its class, so that construction installs them. */
  | readonly ['hollow', constructor: Slot, prototype: Slot]
  | readonly ['array', length: number]
  | readonly ['map']
  | readonly ['set']
  | readonly ['weakmap']
  | readonly ['weakset']
  | readonly ['error', stack: string | null]
  /** A plain value that gets a prototype or properties of its own: Date, RegExp, boxed, typed array. */
  | readonly ['plain', value: unknown]
  | readonly ['symbol', description: string | null, identity: string]
  | readonly ['make', recipe: string, state: readonly unknown[]]
  /** A future: captured, or standing where its value will. */
  | readonly ['captured', task: number]
  | readonly ['argument', task: number]
  | readonly ['capturedlist', first: number, count: number]
  | readonly ['argumentlist', first: number, count: number]
  /** The stand-in for a client. */
  | readonly ['client']
  | readonly ['intask', name: string]
  /** What a script's own loader gives it: `require`, `import()`, `import.meta`. */
  | readonly ['require', from: string]
  | readonly ['import', from: string]
  | readonly ['meta', url: string]
  /** What absorbs coverage counters. */
  | readonly ['counters']
  /** What rebuilds instances of classes with private fields. */
  | readonly ['door']
  /** A class or symbol of the table that the rows of a column share. */
  | readonly ['shared', index: number];

export type Step =
  | readonly ['prototype', node: number, prototype: Slot]
  | readonly ['properties', node: number, keys: readonly (string | number)[], values: readonly Slot[]]
  /** Bits of `flags`: writable 1, enumerable 2, configurable 4. */
  | readonly ['define', node: number, key: Slot, flags: number, value: Slot]
  | readonly ['accessor', node: number, key: Slot, flags: number, get: Slot, set: Slot]
  /** A property that is a view of another object's. */
  | readonly ['mirror', node: number, key: string, holder: Slot, holderKey: string]
  | readonly ['entries', node: number, entries: readonly Slot[]]
  /** `stamped` when the class has a base: its fields are put on the object that is there. */
  | readonly ['private', node: number, constructor: Slot, stamped: boolean, values: readonly Slot[]]
  | readonly ['seal', node: number, level: 'frozen' | 'sealed' | 'fixed'];

/** A source text: its hash, and the text too when the graph carries it. */
export type SourceEntry = string | readonly [hash: string, text: string];

/** What a class closes over: the node of an object or a variable, and by what name it is the same as one that came before. */
export type State = readonly [node: number, identity: string];

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly steps: readonly Step[];
  readonly root: Slot;
  readonly sources: readonly SourceEntry[];
  readonly modules: readonly ModuleReference[];
  readonly states: readonly State[];
}

/** Names that rewritten sources use. */
export const CELL_PREFIX = '__cell_';
export const DOOR = '__hollow';
