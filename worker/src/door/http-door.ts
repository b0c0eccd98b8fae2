/** The data door over HTTP. Bodies leave from where the value is kept, and arrive where it will be kept. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Door, type DoorStore, MAX_VALUE_BYTES, roomFor } from './port.ts';

export interface HttpDoorOptions {
  readonly host: string;
  readonly port?: number;
  /** What peers reach it by, when that is not `host`. */
  readonly advertise?: string;
}

interface Place {
  readonly batch: number;
  readonly index: number;
}

export async function openHttpDoor(store: DoorStore, options: HttpDoorOptions): Promise<Door> {
  let token: Buffer | undefined;
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    const place = placeOf(request.url ?? '');
    if (!token || !shows(request, token)) refuse(response, 401, 'the data token is missing or wrong');
    else if (!place) refuse(response, 404, 'the data door knows /data/{batch}/{index}');
    else if (request.method === 'GET') give(store, place, response);
    else if (request.method === 'PUT') take(store, place, request, response);
    else refuse(response, 405, 'the data door takes GET and PUT');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`the data door listens at ${bound}`);
  return {
    address: `http://${hostOf(options.advertise ?? options.host)}:${bound.port}`,
    admit: (given) => {
      token = Buffer.from(`Bearer ${given}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function placeOf(url: string): Place | undefined {
  const match = /^\/data\/(\d{1,10})\/(\d{1,10})$/.exec(url);
  return match ? { batch: Number(match[1]), index: Number(match[2]) } : undefined;
}

function shows(request: IncomingMessage, token: Buffer): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === token.length && timingSafeEqual(given, token);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(why) });
  response.end(why);
}

function give(store: DoorStore, { batch, index }: Place, response: ServerResponse): void {
  const block = store.block(batch, index);
  if (!block) return refuse(response, 404, `${batch}/${index} is not here`);
  const { first, count, content } = block;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': content.length,
    'x-first': first,
    'x-count': count,
  });
  response.end(content);
}

function take(
  store: DoorStore,
  { batch, index }: Place,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!Number.isSafeInteger(length) || length < 1) return refuse(response, 411, 'content-length is required');
  if (length > MAX_VALUE_BYTES)
    return refuse(response, 413, `maxValueBytes is ${MAX_VALUE_BYTES}, got ${length}`);
  let content: Uint8Array;
  try {
    content = roomFor(length);
  } catch {
    return refuse(response, 507, `there is no memory for ${length} bytes`);
  }
  let at = 0;
  request.on('data', (chunk: Buffer) => {
    content.set(chunk, at);
    at += chunk.length;
  });
  request.on('end', () => {
    store.put(batch, index, content);
    response.writeHead(204).end();
  });
}
