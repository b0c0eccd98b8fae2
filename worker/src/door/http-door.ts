/** The data door over HTTP. Bodies leave from where the value is kept, and arrive where it will be kept. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { letGo } from '@taskloom/protocol';
import { MAX_VALUE_BYTES } from '@taskloom/protocol/door';
import { listen, type Secrets, showsToken } from '@taskloom/protocol/pod';
import { type Door, type DoorStore, roomFor } from './port.ts';

export interface HttpDoorOptions {
  readonly host: string;
  readonly port?: number;
  /** What peers reach it by, when that is not `host`: a host, or a URL with a port. */
  readonly advertise?: string;
  /** Over TLS, with this certificate. */
  readonly secrets?: Secrets | undefined;
}

interface Place {
  readonly batch: number;
  readonly index: number;
}

export async function openHttpDoor(store: DoorStore, options: HttpDoorOptions): Promise<Door> {
  let tokens: readonly string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const place = placeOf(request.url ?? '');
    if (!showsToken(request, tokens)) refuse(response, 401, 'the data token is missing or wrong');
    else if (!place) refuse(response, 404, 'the data door knows /data/{batch}/{index}');
    else if (request.method === 'GET') give(store, place, response);
    else if (request.method === 'PUT') take(store, place, request, response);
    else refuse(response, 405, 'the data door takes GET and PUT');
  };
  const { host, port = 0, secrets } = options;
  const door = await listen(handle, { host, port, secrets, keepAliveTimeout: 30_000 });
  return {
    address: addressOf(options, door.authority),
    admit: (given) => {
      tokens = [given];
    },
    close: door.close,
  };
}

function addressOf({ host, advertise, secrets }: HttpDoorOptions, bound: string): string {
  const port = bound.slice(bound.lastIndexOf(':') + 1);
  const scheme = secrets ? 'https' : 'http';
  const [, said, name = advertise ?? host, itsPort = port] =
    /^(https?):\/\/(.+?)(?::(\d+))?\/*$/.exec(advertise ?? '') ?? [];
  return `${said ?? scheme}://${hostOf(name)}:${itsPort}`;
}

/** Brackets of IPv6 are wanted whether they were written or not: what knows the address of a pod does not know its family. */
function hostOf(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function placeOf(url: string): Place | undefined {
  const match = /^\/data\/(\d{1,10})\/(\d{1,10})$/.exec(url);
  return match ? { batch: Number(match[1]), index: Number(match[2]) } : undefined;
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
  request.on('data', (chunk: Buffer<ArrayBuffer>) => {
    content.set(chunk, at);
    at += chunk.length;
    letGo(chunk);
  });
  request.on('end', () => {
    store.put(batch, index, content);
    response.writeHead(204).end();
  });
}
