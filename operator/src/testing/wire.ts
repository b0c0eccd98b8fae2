/** The network between one replica and the API server, as TCP: a test cuts it, or lets requests through and loses the answers. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Credentials } from '../runtime/index.ts';

export class Wire {
  readonly #credentials: Credentials;
  readonly #server = createServer((socket) => this.#relay(socket));
  readonly #sockets = new Set<Socket>();
  #cut = false;
  #deaf = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Of the API server as it is reached over this wire. */
  async start(): Promise<Credentials> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const server = new URL(this.#credentials.server);
    server.port = String((this.#server.address() as AddressInfo).port);
    const { namespace } = this.#credentials;
    return { server, namespace, identity: (again) => this.#credentials.identity(again) };
  }

  /** From now on nobody hears an answer, though whatever is said is done. */
  deafen(): void {
    this.#deaf = true;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** New connections are as good as any. */
  mend(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#cut = false;
    this.#deaf = false;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #relay(here: Socket): void {
    if (this.#cut) {
      here.destroy();
      return;
    }
    const { hostname, port } = this.#credentials.server;
    const there = connect(Number(port), hostname);
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    here.on('data', (bytes) => there.write(bytes));
    there.on('data', (bytes) => this.#deaf || here.write(bytes));
  }
}
