/**
 * Memory that threads share is freed when everyone who has seen it has collected. V8 does not take it for pressure: it would collect when
 * its heap asks for it, which large values hardly touch, and GB that nobody needs would wait for that.
 *
 * 1. Agent and threads each count the shared memory that comes to them, and collect once it is much.
 * 2. Memory that is no garbage counts, too: while GBs are held, each further GARBAGE_BYTES cost one collection in vain.
 */
/** V8 itself collects for every 64 MB of memory outside of its heap that is not shared. */
export const GARBAGE_BYTES = 256 * 1024 * 1024;

let came = 0;
let collect: (() => void) | undefined;

/** Memory that others may see comes to be seen from here, too. */
export function sharedCame({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof SharedArrayBuffer)) return;
  came += byteLength;
  if (came < GARBAGE_BYTES) return;
  came = 0;
  collect ??= collector();
  collect?.();
}

/** More threads than these do not set and clear the flag at once. */
const TRIES = 100;

/**
 * Contexts that are made while the flag is set have the collector by name; the flag would otherwise show in those of tasks. It is one for
 * all threads: another may have cleared it again before the context is made.
 */
function collector(): (() => void) | undefined {
  // Threads start in the time their imports take, and most never need these.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const { runInNewContext } = process.getBuiltinModule('node:vm');
  let gc: (() => void) | undefined;
  for (let i = 0; i < TRIES && gc === undefined; i++) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('globalThis.gc');
  }
  setFlagsFromString('--no-expose-gc');
  return gc;
}
