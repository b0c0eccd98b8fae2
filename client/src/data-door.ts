/** Large values, from and to the data doors of workers. */
import { request } from 'node:http';
import { type Parts, partsLength } from '@taskloom/protocol/values';

export class DataDoor {
  token = '';

  /** The stored block that covers (batch, index). */
  fetch(address: string, batch: number, index: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const asked = request(`${address}/data/${batch}/${index}`, { headers: this.#headers() }, (answer) => {
        if (answer.statusCode !== 200) {
          answer.resume();
          return reject(new Error(`${address} answered ${answer.statusCode}`));
        }
        const bytes = new Uint8Array(Number(answer.headers['content-length']));
        let at = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes.set(chunk, at);
          at += chunk.length;
        });
        answer.on('end', () => (at === bytes.length ? resolve(bytes) : reject(new Error('cut short'))));
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  put(address: string, batch: number, index: number, parts: Parts): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers(), 'content-length': partsLength(parts) };
      const sent = request(`${address}/data/${batch}/${index}`, { method: 'PUT', headers }, (answer) => {
        answer.resume();
        if ((answer.statusCode ?? 500) < 300) resolve();
        else reject(new Error(`${address} answered ${answer.statusCode}`));
      });
      sent.on('error', reject);
      for (const part of parts) sent.write(part);
      sent.end();
    });
  }

  #headers() {
    return { authorization: `Bearer ${this.token}` };
  }
}
