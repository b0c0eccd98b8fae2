/**
 * A kubelet of one trick: it forwards ports, as the real one does over WebSockets (k8s.io/kubelet/pkg/cri/streaming/portforward), to
 * where a test says. The real API server passes connections on to it, so clients see what they see of a node; and a test can cut them.
 */
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Pair } from '../../../../test/kubernetes/authority.ts';

const PROTOCOL = 'v4.channel.k8s.io';
/** The real one drops what is longer, and says nothing. */
const MESSAGE_BYTES = 32 * 1024 * 1024;

export class FakeKubelet {
  /** How many forwards were opened. */
  opened = 0;
  /** Port of this machine that stands for that of the pod; nothing listens there unless said. */
  #target = 0;
  readonly #server;
  readonly #lines = new Set<Socket>();
  #refusing = false;

  constructor({ certificate, key }: Pair) {
    this.#server = createServer({ cert: certificate, key }, (request, response) => {
      // GET /containerLogs/{namespace}/{pod}/{container}
      response.end(`${request.url?.split('/')[3]} was here\n`);
    });
    const sockets = new WebSocketServer({
      server: this.#server,
      maxPayload: MESSAGE_BYTES,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
      verifyClient: (_info, done) => done(!this.#refusing, 503, 'the kubelet is busy'),
    });
    sockets.on('connection', (socket, { url = '' }) => this.#forward(socket, url));
    this.#server.on('connection', (line: Socket) => {
      this.#lines.add(line);
      line.once('close', () => this.#lines.delete(line));
    });
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  leadTo(port: number): void {
    this.#target = port;
  }

  /** Breaks every forward there is, without a word. */
  cut(): void {
    for (const line of this.#lines) line.destroy();
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #forward(socket: WebSocket, url: string): void {
    this.opened++;
    const port = Number(new URL(url, 'https://kubelet').searchParams.get('port'));
    for (const channel of [0, 1]) socket.send(Buffer.from([channel, port & 0xff, port >> 8]));
    const pod = connect(this.#target, '127.0.0.1');
    pod.setNoDelay(true);
    pod.on('error', ({ message }) => socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(message)])));
    pod.on('data', (bytes) => {
      pod.pause();
      socket.send(Buffer.concat([Buffer.from([0]), bytes]), () => pod.resume());
    });
    pod.on('close', () => socket.close());
    socket.on('message', (message: Buffer) => message[0] === 0 && pod.write(message.subarray(1)));
    socket.on('close', () => pod.destroy());
    socket.on('error', () => pod.destroy());
  }
}
