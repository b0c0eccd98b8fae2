/** An API server of one namespace of ConfigMaps, on the loopback, that answers as badly as a test wants. Only for what a real one does not do on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from '../runtime/errors.ts';
import type { Credentials } from '../runtime/http/credentials.ts';
import { type Logged, ModelServer, type Thing } from './model-server.ts';

/** Done to the next request instead of an answer. */
export type Misdeed = (request: IncomingMessage, response: ServerResponse) => void;

const COLLECTION = '/api/v1/namespaces/ns/configmaps';

export class FakeApi {
  readonly model = new ModelServer();
  readonly misdeeds: Misdeed[] = [];
  readonly heard: string[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #token = 'first';

  async start(): Promise<Credentials> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: new URL(`http://127.0.0.1:${port}`),
      namespace: 'ns',
      identity: async (again = false) => {
        if (again) this.#token = 'second';
        return { headers: { authorization: `Bearer ${this.#token}` }, tls: {} };
      },
    };
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    this.heard.push(`${request.method} ${request.headers.authorization?.split(' ')[1]}`);
    const misdeed = this.misdeeds.shift();
    if (misdeed) return misdeed(request, response);
    try {
      if (url.searchParams.has('watch')) return this.#watch(url, response);
      const body = await bodyOf(request);
      answer(response, request.method === 'POST' ? 201 : 200, this.#answer(request.method ?? '', url, body));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer(response, error.status, statusOf(error));
    }
  }

  #answer(method: string, { pathname, searchParams }: URL, given: Thing | undefined): unknown {
    const body = given as Thing;
    const name = pathname.slice(COLLECTION.length + 1);
    if (method === 'POST') return this.#create(body);
    if (name === '') return this.#list(searchParams);
    const known = this.model.get(name);
    if (!known) throw problem(404, 'NotFound', `configmaps "${name}" not found`);
    if (method === 'DELETE') return this.#delete(known, body as unknown as DeleteOptions);
    if (method === 'PUT') return this.#replace(known, body);
    if (method === 'PATCH') return this.model.write({ ...known, ...body, metadata: known.metadata });
    return known;
  }

  #create(object: Thing): Thing {
    if (this.model.get(object.metadata.name)) throw problem(409, 'AlreadyExists', 'it already exists');
    return this.model.write(object);
  }

  #replace(known: Thing, object: Thing): Thing {
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion) {
      throw problem(409, 'Conflict', 'the object has been modified');
    }
    return this.model.write(object);
  }

  #delete(known: Thing, { preconditions }: DeleteOptions): Thing {
    if (preconditions?.uid && preconditions.uid !== known.metadata.uid) {
      throw problem(409, 'Conflict', 'Precondition failed: UID');
    }
    this.model.remove(known.metadata.name);
    return known;
  }

  #list(query: URLSearchParams): unknown {
    const limit = query.has('limit') ? Number(query.get('limit')) : undefined;
    const page = this.model.list({ limit, continue: query.get('continue') ?? undefined });
    const { items, ...metadata } = page;
    return { kind: 'ConfigMapList', metadata, items };
  }

  #watch({ searchParams }: URL, response: ServerResponse): void {
    let version = searchParams.get('resourceVersion') ?? '';
    const write = ({ type, object }: Logged) => response.write(`${JSON.stringify({ type, object })}\n`);
    const tell = () => {
      for (const entry of this.model.after(version)) {
        version = String(entry.version);
        write(entry);
      }
    };
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    try {
      tell();
    } catch (error) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(error as ApiError) })}\n`);
    }
    response.once('close', this.model.listen(tell));
  }
}

interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string };
}

export const answer = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const problem = (status: number, reason: string, message: string) =>
  new ApiError(status === 404 ? 'not-found' : 'conflict', message, { status, reason });

const statusOf = ({ status, reason, message }: ApiError) => ({
  kind: 'Status',
  code: status,
  reason,
  message,
});

async function bodyOf(request: IncomingMessage): Promise<Thing | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString());
}
