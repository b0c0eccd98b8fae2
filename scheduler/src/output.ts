/** What tasks write, on its way to their clients: a client that does not read loses it, rather than the connection with its results. */
import type { Control } from '@taskloom/protocol';
import type { Connection } from '@taskloom/protocol/connection';

type Output = Control<'output'>;

export class OutputTo {
  readonly #client: Connection;
  #dropped = 0;
  /** The last that was dropped. */
  #last: Output | undefined;

  constructor(client: Connection) {
    this.#client = client;
  }

  pass(output: Output): void {
    if (this.#client.writable) return this.#client.send(output);
    this.#dropped += output.text.length;
    this.#last = output;
  }

  /** The client reads again. */
  resume(): void {
    const last = this.#last;
    if (!last) return;
    const text = `... ${this.#dropped} characters dropped: this client did not read\n`;
    this.#last = undefined;
    this.#dropped = 0;
    this.#client.send({ ...last, stream: 'stderr', text });
  }
}
