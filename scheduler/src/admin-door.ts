/** The door for who looks after the cluster: HTTP with the admin token, JSON in and out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Limits, PROTOCOL, VERSION } from '@taskloom/protocol';
import { type Listening, type ListenOptions, listen, pathOf, showsToken } from '@taskloom/protocol/pod';
import * as z from 'zod/mini';
import type { Census } from './core/index.ts';

export interface Administered {
  census(): Census & { readonly idleMs: number | null };
  retire(names: readonly string[]): { name: string; state: string }[];
  cheapest(among: readonly string[], count: number): string[];
}

type Route = (scheduler: Administered, body: unknown) => unknown;

/** More than a cluster has. */
const names = z.array(z.string().check(z.maxLength(253))).check(z.maxLength(65_536));
const Retire = z.object({ workers: names });
const Cheapest = z.object({ among: names, count: z.int().check(z.nonnegative()) });

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /v1/status': (scheduler) => {
    const { clients, idleMs, tasks, workers: present, departed } = scheduler.census();
    const [min, max] = PROTOCOL;
    const workers = [...present, ...departed.map(gone)];
    return { version: VERSION, protocol: { min, max }, clients, idleMs, tasks, workers };
  },
  'POST /v1/retire': (scheduler, body) => ({ workers: scheduler.retire(Retire.parse(body).workers) }),
  'POST /v1/cheapest': (scheduler, body) => {
    const { among, count } = Cheapest.parse(body);
    return { workers: scheduler.cheapest(among, count) };
  },
};

/** One that was drained is told of also when it has left: whoever waits for that may ask only then. */
const gone = (name: string) => ({ name, group: '', threads: 0, running: 0, heldBytes: 0, state: 'drained' });

/** `tokens`: those accepted, as they are when somebody comes. Rejects with the error of `listen`. */
export function openAdminDoor(
  scheduler: Administered,
  tokens: () => readonly string[],
  options: ListenOptions,
): Promise<Listening> {
  return listen((request, response) => {
    const refuse = (status: number, why: string) => answer(response, status, { error: why });
    if (!showsToken(request, tokens())) return refuse(401, 'the admin token is missing or wrong');
    const asked = `${request.method} ${pathOf(request)}`;
    const route = Object.hasOwn(ROUTES, asked) ? ROUTES[asked] : undefined;
    if (!route) return refuse(404, `there are ${Object.keys(ROUTES).join(', ')}`);
    bodyOf(request).then(
      (body) => {
        try {
          answer(response, 200, route(scheduler, body));
        } catch (error) {
          if (!(error instanceof z.core.$ZodError)) throw error;
          refuse(400, z.prettifyError(error));
        }
      },
      (error: Error) => refuse(400, error.message),
    );
  }, options);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > Limits.controlBytes) throw new Error(`controlBytes is ${Limits.controlBytes}`);
    parts.push(part);
  }
  return bytes > 0 ? JSON.parse(Buffer.concat(parts).toString('utf8')) : undefined;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
