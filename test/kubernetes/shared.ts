/**
 * vitest's global setup: one control plane for all test files of a run, started when the first of them asks and stopped at the end.
 * Test files run in processes of their own; they ask through a socket whose path they find in the environment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Api, startApi } from './start-api.ts';

const SOCKET = 'TASKLOOM_TEST_KUBERNETES';

type Answer = Omit<Api, 'stop'> | { readonly refused: string };

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-test-'));
  const path = join(folder, 'socket');
  let started: Promise<Api> | undefined;
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on('error', () => {});
    started ??= startApi();
    const answer: Answer = await started.then(
      ({ kubeconfig, from, controllers }) => ({ kubeconfig, from, controllers }),
      (error: Error) => ({ refused: error.message }),
    );
    socket.end(JSON.stringify(answer));
  });
  await listen(server, path);
  process.env[SOCKET] = path;
  return async () => {
    server.close();
    const api = await started?.catch(() => undefined);
    await api?.stop();
    await rm(folder, { recursive: true });
  };
}

/** The run's control plane, or nothing outside of a run. */
export async function sharedApi(): Promise<Omit<Api, 'stop'> | undefined> {
  const path = process.env[SOCKET];
  if (!path) return undefined;
  const answer: Answer = JSON.parse(await text(createConnection(path)));
  if ('refused' in answer) throw new Error(answer.refused);
  return answer;
}

const listen = (server: Server, path: string) =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
