/**
 * The child's side of a process of a local cluster: told over its IPC channel what to be, says there when it is, and ends with
 * its parent however that ends: the channel closes with the process that holds its other end.
 */

import { tuneTiers } from '@taskloom/protocol/tiers';

export interface Told<Settings> {
  readonly start: Settings;
}
export type Said = { readonly ready: string } | { readonly failed: string };

/** `start` gives what the parent must know of it, e.g. its address. */
export function serveParent<Settings>(start: (settings: Settings) => Promise<string>): void {
  if (!process.send) throw new Error('this is a part of a local cluster: LocalCluster.start() starts it');
  const say = (said: Said, then = () => {}) => process.send?.(said, undefined, undefined, then);
  process.once('disconnect', () => process.exit(0));
  process.once('message', ({ start: settings }: Told<Settings>) => {
    start(settings).then(
      (ready) => {
        // Not before: starting up runs much once.
        tuneTiers();
        say({ ready });
      },
      (error: unknown) => {
        say({ failed: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
      },
    );
  });
}
