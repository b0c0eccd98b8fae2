/** A port that leads to another, as a port-forward does; it counts, holds and cuts. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Line {
  readonly near: Socket;
  readonly far: Socket;
}

export class Forward {
  readonly #server = createServer();
  readonly #lines = new Set<Line>();
  /** Connections that were made, ever. */
  lines = 0;
  /** Bytes that went to the client. */
  brought = 0;
  /** Bytes that came from it. */
  taken = 0;
  #held = false;
  #watch: (() => void) | undefined;

  static async to(port: number): Promise<Forward> {
    const forward = new Forward();
    forward.#server.on('connection', (near: Socket) => forward.#join(near, port));
    forward.#server.listen(0, '127.0.0.1');
    await once(forward.#server, 'listening');
    return forward;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Once so many bytes more have passed, either way, passes nothing on. */
  holdAfter(bytes: number): Promise<void> {
    const end = this.#passed + bytes;
    return new Promise((reached) => {
      this.#watch = () => {
        if (this.#passed < end) return;
        this.#held = true;
        this.#watch = undefined;
        this.#each((socket) => socket.pause());
        reached();
      };
    });
  }

  goOn(): void {
    this.#held = false;
    this.#each((socket) => socket.resume());
  }

  /** Ends the connections there are but the oldest, which is the session's. */
  cutValues(): void {
    for (const { near, far } of [...this.#lines].slice(1)) {
      near.destroy();
      far.destroy();
    }
  }

  close(): void {
    this.#server.close();
    for (const { near } of this.#lines) near.destroy();
  }

  get #passed(): number {
    return this.brought + this.taken;
  }

  #each(act: (socket: Socket) => void): void {
    for (const { near, far } of this.#lines) {
      act(near);
      act(far);
    }
  }

  #join(near: Socket, port: number): void {
    this.lines++;
    const far = connect({ host: '127.0.0.1', port, noDelay: true });
    const line = { near, far };
    this.#lines.add(line);
    near.once('close', () => this.#lines.delete(line));
    this.#pass(far, near, (bytes) => {
      this.brought += bytes;
    });
    this.#pass(near, far, (bytes) => {
      this.taken += bytes;
    });
  }

  #pass(from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.on('data', (chunk) => {
      count(chunk.length);
      if (!to.write(chunk)) from.pause();
      this.#watch?.();
    });
    to.on('drain', () => this.#held || from.resume());
    from.on('error', () => {});
    from.once('close', () => to.destroySoon());
  }
}
