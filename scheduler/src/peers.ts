/** The connections that are open, by the numbers that the core knows. */
import type { Connection } from '@taskloom/protocol/connection';

export class Peers {
  readonly clients = new Map<number, Connection>();
  readonly workers = new Map<number, Connection>();
  #clients = 0;
  #workers = 0;

  addClient(connection: Connection): number {
    this.clients.set(++this.#clients, connection);
    return this.#clients;
  }

  addWorker(connection: Connection): number {
    this.workers.set(++this.#workers, connection);
    return this.#workers;
  }
}
