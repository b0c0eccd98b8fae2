/** A bug, not a failure: what is asserted holds whatever peers and tasks do. */
export default function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`worker core: ${otherwise}`);
}
