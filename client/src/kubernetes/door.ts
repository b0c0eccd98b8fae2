/** The way to a cluster's scheduler: its service from inside, a port-forward from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { addressInside, childrenOf, PORTS, SERVER_NAMES } from '@taskloom/operator/crd';
import { Limits, ProtocolError } from '@taskloom/protocol';
import { dialSocket } from '@taskloom/protocol/connection';
import { connectTo } from '@taskloom/protocol/door';
import type { Door } from '../connect.ts';
import type { OpenRelay } from '../door/relay-doors.ts';
import { ClientError } from '../errors.ts';
import { type Access, accessTo } from './access.ts';
import { openTunnel, type TunnelWay } from './forward/open-tunnel.ts';
import type { Target } from './target.ts';

/** A service answers a moment after its pod is ready, and a pod that is replaced is away for a while: so long it is tried again. */
const PATIENCE_MS = 15_000;
const AGAIN_MS = 200;

export class SchedulerDoor {
  /** Its address inside the cluster. */
  readonly address: string;
  readonly #target: Target;
  readonly #cluster: string;
  #access: Access | undefined;

  constructor(target: Target, cluster: string) {
    this.#target = target;
    this.#cluster = cluster;
    this.address = addressInside(cluster, target.namespace);
  }

  /** As it is now; as it was when the API server does not answer. */
  async access(): Promise<Access> {
    try {
      this.#access = await accessTo(this.#target, this.#cluster);
    } catch (error) {
      if (!this.#access || !isUnreachable(error)) throw error;
    }
    return this.#access;
  }

  async dial(): Promise<Door> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#dialOnce();
      } catch (error) {
        if (!mayPass(error) || performance.now() > until) throw error;
        await sleep(AGAIN_MS);
      }
    }
  }

  async #dialOnce(): Promise<Door> {
    const { ca, token } = await this.access();
    const trust = { ca, servername: SERVER_NAMES.scheduler };
    const outside = !this.#target.inside;
    const tunnel = () => this.tunnel({ lends: true });
    const way = { tls: trust, ...(outside && { over: tunnel }) };
    const resumeMs = Limits.resumeMs;
    const connection = await dialSocket(this.address, { ...way, resumeMs, background: true });
    const url = new URL(this.address);
    // From outside no worker can be reached, so large values come by tunnels of their own.
    const relay: OpenRelay = async (onread) => connectTo(url, { trust, onread, over: await tunnel() });
    return { connection, token, ca, ...(outside && { relay }) };
  }

  /** To the port where the scheduler takes clients. */
  tunnel(way?: TunnelWay) {
    const { schedulerPod: pod } = childrenOf(this.#cluster);
    return openTunnel(this.#target, { pod, port: PORTS.cluster }, way);
  }
}

const isUnreachable = (error: unknown) => error instanceof ClientError && error.code === 'unreachable';

function mayPass(error: unknown): boolean {
  if (error instanceof ProtocolError) return error.retryable;
  return error instanceof ClientError && (error.retryable || error.code === 'not-found');
}
