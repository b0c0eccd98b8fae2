/** Intrinsics that no global names, by the expressions that reach them. */
export const HIDDEN_INTRINSICS: ReadonlyMap<string, () => object> = new Map<string, () => object>([
  ['%TypedArray%', () => Object.getPrototypeOf(Uint8Array) as object],
  ['%AsyncFunction%', () => (async () => {}).constructor],
  ['%GeneratorFunction%', () => function* () {}.constructor],
  ['%AsyncGeneratorFunction%', () => async function* () {}.constructor],
  ['%GeneratorPrototype%', () => Object.getPrototypeOf(function* () {}.prototype) as object],
  ['%AsyncGeneratorPrototype%', () => Object.getPrototypeOf(async function* () {}.prototype) as object],
  ['%ArrayIteratorPrototype%', () => Object.getPrototypeOf([].values()) as object],
  ['%MapIteratorPrototype%', () => Object.getPrototypeOf(new Map().values()) as object],
  ['%SetIteratorPrototype%', () => Object.getPrototypeOf(new Set().values()) as object],
  ['%StringIteratorPrototype%', () => Object.getPrototypeOf(''[Symbol.iterator]()) as object],
]);
