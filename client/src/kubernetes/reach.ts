/** How scripts that say nothing of Kubernetes reach a cluster: an address, a token and the authority to trust. */
import { SchedulerDoor } from './door.ts';
import { openListener } from './forward/listener.ts';
import { theOne } from './make.ts';
import { type KubernetesOptions, targetOf } from './target.ts';
import { type WaitingOptions, waitFor } from './waiting.ts';

export interface ReachOptions extends KubernetesOptions, WaitingOptions {
  /** Of this machine; any free one unless said. */
  readonly port?: number;
  /** Told of connections that could not be passed on. */
  readonly failed: (error: Error) => void;
}

export interface Reach {
  /** wss://host:port: the service from inside, a port of this machine from outside. */
  readonly address: string;
  readonly token: string;
  /** PEM. */
  readonly ca: string;
  /** Whether large values must be got through the scheduler, since workers cannot be reached from here. */
  readonly relay: boolean;
  close(): Promise<void>;
}

/** Waits for the scheduler. What comes of it ends with `close`; the cluster stays. */
export async function reach(name: string, options: ReachOptions): Promise<Reach> {
  const target = await targetOf(options);
  const { transport, inside } = target;
  try {
    await theOne(target, name);
    await waitFor(target, name, { ...options, goal: 'scheduler' });
    const door = new SchedulerDoor(target, name);
    const access = await door.access();
    const listener = inside ? undefined : await openListener(() => door.tunnel(), options);
    const address = listener ? `wss://127.0.0.1:${listener.port}` : door.address;
    const close = async () => {
      await listener?.close();
      transport.close();
    };
    return { address, ...access, relay: !inside, close };
  } catch (error) {
    transport.close();
    throw error;
  }
}
