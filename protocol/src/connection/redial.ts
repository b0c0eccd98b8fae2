/** Finds a connection's next line when one is cut, and finds out lines that died without a word. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { ProtocolError } from '../errors.ts';
import type { Opened } from './dial-socket.ts';
import { RECEIVED_HEADER, type Resumption, receivedIn, SESSION_HEADER } from './resumption.ts';
import type { SocketConnection } from './socket-connection.ts';
import { WebSocketLine } from './web-socket-line.ts';

/** Waits between attempts, in milliseconds; the last one repeats. */
const WAITS_MS = [0, 50, 100, 200, 500, 1_000, 2_000];
/** How often a silent peer is asked for a sign of life, in milliseconds. */
const PING_MS = 10_000;
/** So many times in a row without an answer is the end of a line. More than one: a busy process hears its timers before its sockets. */
const SILENCES = 3;

export type Dial = (
  headers: Readonly<Record<string, string>>,
  opened: (opened: Opened) => void,
) => Promise<void>;

export interface RedialOptions {
  readonly ticket: string;
  readonly resumeMs: number;
  readonly dial: Dial;
  /** Waits between attempts do not keep the process running. */
  readonly background: boolean;
}

export class Redial implements Resumption {
  readonly #options: RedialOptions;
  #ended = false;
  #pings: NodeJS.Timeout | undefined;

  constructor(options: RedialOptions) {
    this.#options = options;
  }

  /** Over this line for now. */
  watch(connection: SocketConnection, socket: WebSocket): void {
    let silences = 0;
    const heard = () => {
      silences = 0;
    };
    socket.on('message', heard);
    socket.on('pong', heard);
    clearInterval(this.#pings);
    this.#pings = setInterval(() => {
      // What is paused does not hear the answer either.
      if (!connection.attached || socket.isPaused) return heard();
      if (++silences > SILENCES) socket.terminate();
      else socket.ping();
    }, PING_MS).unref();
  }

  cut(connection: SocketConnection): void {
    clearInterval(this.#pings);
    void this.#find(connection);
  }

  ended(): void {
    this.#ended = true;
    clearInterval(this.#pings);
  }

  async #find(connection: SocketConnection): Promise<void> {
    const { resumeMs, background } = this.#options;
    const until = performance.now() + resumeMs;
    for (let attempt = 0; !this.#ended; attempt++) {
      await sleep(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)], undefined, { ref: !background });
      if (this.#ended) return;
      try {
        return await this.#carryOn(connection);
      } catch (error) {
        const known = error instanceof ProtocolError && error.code !== 'unreachable';
        if (known || performance.now() > until)
          return connection.giveUp(lost(connection.peer, error as Error));
      }
    }
  }

  async #carryOn(connection: SocketConnection): Promise<void> {
    const headers = {
      [SESSION_HEADER]: this.#options.ticket,
      [RECEIVED_HEADER]: String(connection.receivedBytes),
    };
    await this.#options.dial(headers, ({ socket, headers: answer }) => {
      if (this.#ended) return socket.terminate();
      connection.carryOn(new WebSocketLine(socket, connection.peer), receivedIn(answer));
      this.watch(connection, socket);
    });
  }
}

function lost(peer: string, cause: Error): ProtocolError {
  return new ProtocolError(
    'connection-lost',
    `the connection to ${peer} was cut and cannot be taken up again: ${cause.message}`,
    { cause },
  );
}
