/** Just enough of a client to see that a server is up; tests bring their own. */
import { request } from 'node:https';
import type { Pair } from './authority.ts';

export class KubeApi {
  readonly server: string;
  readonly #authority: string;
  readonly #client: Pair;

  constructor(server: string, authority: string, client: Pair) {
    this.server = server;
    this.#authority = authority;
    this.#client = client;
  }

  ready(): Promise<boolean> {
    const { certificate: cert, key } = this.#client;
    return new Promise((resolve) => {
      const options = { ca: this.#authority, cert, key, agent: false, timeout: 2_000 };
      const asked = request(`${this.server}/readyz`, options, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => resolve(false));
      asked.end();
    });
  }
}
