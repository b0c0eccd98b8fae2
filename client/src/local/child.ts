/**
 * The child's side of a process of a local cluster: told over its IPC channel what to be, says there when it is, and ends with
 * its parent however that ends: the channel closes with the process that holds its other end.
 */

import { tuneTiers } from '@taskloom/protocol/tiers';

export type Told<Settings> =
  | { readonly start: Settings }
  /** Where the scheduler listens now, for who was started before it did. */
  | { readonly path: string }
  | { readonly retire: true };
export type Said =
  | { readonly ready: string }
  | { readonly failed: string }
  /** What it was told to do before it leaves has been passed on. */
  | { readonly retiring: true }
  /** Why it is about to end by itself. */
  | { readonly ended: string };

export interface Served {
  /** What the parent must know of it, e.g. its address. */
  readonly ready: string;
  /** Asks to be let go. */
  retire?(): void;
  /** Settles when it is no more: with the reason, or without one when it was let go. */
  readonly closed?: Promise<string | undefined>;
}

type Start<Settings> = (settings: Settings, path: Promise<string>) => Promise<Served>;

export function serveParent<Settings>(start: Start<Settings>): void {
  if (!process.send) throw new Error('this is a part of a local cluster: LocalCluster.start() starts it');
  const say = (said: Said, then = () => {}) => process.send?.(said, undefined, undefined, then);
  process.once('disconnect', () => process.exit(0));
  const path = Promise.withResolvers<string>();
  let served: Promise<Served> | undefined;
  process.on('message', (told: Told<Settings>) => {
    if ('start' in told) served = begin(start(told.start, path.promise), say);
    else if ('path' in told) path.resolve(told.path);
    // What it says to others leaves at the end of this turn, before this.
    else served?.then(({ retire }) => retire?.()).finally(() => setImmediate(say, { retiring: true }));
  });
}

function begin(starting: Promise<Served>, say: (said: Said, then?: () => void) => void): Promise<Served> {
  starting.then(
    ({ ready, closed }) => {
      // Not before: starting up runs much once.
      tuneTiers();
      say({ ready });
      closed?.then((reason) => {
        if (reason === undefined) process.exit(0);
        say({ ended: reason }, () => process.exit(1));
      });
    },
    (error: unknown) => {
      say({ failed: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
    },
  );
  return starting;
}
