/** Scheduler and workers as pods run them: probes, metrics, the admin door, a scheduler that is replaced. */
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { dialSocket } from '@taskloom/protocol/connection';
import { SERVER_NAMES, SecretFiles } from '@taskloom/protocol/pod';
import { type RunningScheduler, startScheduler } from '@taskloom/scheduler';
import { type KeepOptions, KeptWorker, type RunningWorker } from '@taskloom/worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../client/src/client.ts';
import { openSession } from '../client/src/connect.ts';
import { Keys } from '../client/src/keys.ts';
import { AdminClient } from '../operator/src/admin/client.ts';
import { Issued, Mount } from './certificates.ts';

const TOKENS = {
  'client-token': 'of clients',
  'worker-token': 'of workers',
  'admin-token': 'of the operator',
};
const issued = await Issued.make('pods');
const ca = issued.authority.certificate;
const files = {
  scheduler: await issued.files('scheduler', TOKENS),
  worker: await issued.files('worker', { 'worker-token': 'of workers' }),
};

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function secretsOf(role: 'scheduler' | 'worker'): SecretFiles {
  const mount = new Mount().write(files[role]);
  const opened = new SecretFiles(mount.path);
  ending.push(
    () => mount.remove(),
    () => opened.close(),
  );
  return opened;
}

async function started(port = 0): Promise<RunningScheduler> {
  const scheduler = await startScheduler({
    ...{ secrets: secretsOf('scheduler'), port, probesPort: 0, adminPort: 0 },
  });
  ending.push(() => scheduler.close());
  return scheduler;
}

/** Resolves with the worker each time that it was let in. */
function kept(address: string, options: Partial<KeepOptions> = {}) {
  let joined: (worker: RunningWorker) => void = () => {};
  const next = () =>
    new Promise<RunningWorker>((resolve) => {
      joined = resolve;
    });
  const first = next();
  const worker = new KeptWorker({
    ...{ name: 'w1', group: 'small', address, secrets: secretsOf('worker'), threads: 1 },
    ...{ patient: true, probesPort: 0, joined: (one) => joined(one), ...options },
  });
  ending.push(() => worker.close());
  return { worker, first, next };
}

function clientOf({ address }: RunningScheduler): Client {
  const tls = { ca, servername: SERVER_NAMES.scheduler };
  const door = dialSocket(address, { tls }).then((connection) => ({ connection, token: 'of clients', ca }));
  const session = openSession(address, door, {});
  const client = new Client({ session, keys: new Keys(), closing: async () => {} });
  ending.push(() => client.close());
  return client;
}

/** `path` as it stands, where it is no part of a URL. */
function get(url: string, role: 'scheduler' | 'worker', headers = {}, path?: string) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request(url, { ca, servername: SERVER_NAMES[role], headers, ...(path && { path }) }, (response) =>
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject),
    )
      .on('error', reject)
      .end();
  });
}

describe('a scheduler', () => {
  test('lives and is ready as soon as its door is open, and has metrics', async () => {
    const scheduler = await started();
    await kept(scheduler.address).first;
    expect(await get(`${scheduler.probes}/healthz`, 'scheduler')).toEqual({ status: 200, body: 'ok' });
    expect(await get(`${scheduler.probes}/readyz`, 'scheduler')).toEqual({ status: 200, body: 'ok' });
    const { body } = await get(`${scheduler.probes}/metrics`, 'scheduler');
    expect(body).toContain('taskloom_scheduler_workers{group="small",state="active"} 1');
    expect(body).toContain('taskloom_scheduler_tasks{state="waiting"} 0');
    expect(body).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  test.each(['//', '//x:y', '/\\\\', 'http://[', '*'])(
    'is not harmed by a stranger who asks for %s',
    async (path) => {
      const scheduler = await started();
      const headers = { authorization: 'Bearer of the operator' };
      for (const door of [scheduler.probes!, scheduler.admin!])
        expect((await get(door, 'scheduler', headers, path)).status).toBe(404);
    },
  );

  describe('at its admin door', () => {
    const admin = new AdminClient();
    let scheduler: RunningScheduler;
    const at = (token = 'of the operator') => {
      const { hostname: host, port } = new URL(scheduler.admin!);
      return { host, port: Number(port), ca, token };
    };
    beforeEach(async () => {
      scheduler = await started();
    });

    test('says what there is, and how long it has been idle', async () => {
      await kept(scheduler.address).first;
      const client = clientOf(scheduler);
      const result = client.submit(() => new Uint8Array(100_000));
      await result;
      const busy = await admin.status(at());
      expect(busy).toMatchObject({ clients: 1, idleMs: null, tasks: { waiting: 0, running: 0, held: 1 } });
      const [w1] = busy.workers;
      expect(w1).toMatchObject({ name: 'w1', group: 'small', threads: 1, running: 0, state: 'active' });
      expect(w1!.heldBytes).toBeGreaterThan(100_000);
      await client.close();
      const idle = await until(
        () => admin.status(at()),
        ({ idleMs }) => idleMs !== null,
      );
      expect(idle).toMatchObject({ clients: 0, tasks: { waiting: 0, running: 0, held: 0, failed: 0 } });
    });

    test('tells of a worker that was drained also when it has left', async () => {
      const { worker, first } = kept(scheduler.address);
      await first;
      await admin.retire(at(), ['w1']);
      await until(() => worker.unready() !== undefined, Boolean);
      const { workers } = await until(
        () => admin.status(at()),
        ({ workers }) => workers.every(({ state }) => state === 'drained'),
      );
      expect(workers).toMatchObject([{ name: 'w1', state: 'drained' }]);
    });

    test('lets nobody in without the admin token', async () => {
      for (const token of ['guess', '', 'of clients', 'of workers'])
        await expect(admin.status(at(token))).rejects.toMatchObject({ code: 'refused' });
      const other = await Issued.make('other');
      const stranger = { ...at(), ca: other.authority.certificate };
      await expect(admin.status(stranger)).rejects.toMatchObject({ code: 'unreachable' });
      await expect(fetch(scheduler.admin!.replace('https', 'http'))).rejects.toThrow();
    });
  });
});

describe('a worker', () => {
  test('is ready when a scheduler has let it in, and has metrics', async () => {
    const scheduler = await started();
    const { worker, first } = kept(scheduler.address);
    await first;
    expect(await get(`${worker.probes}/readyz`, 'worker')).toEqual({ status: 200, body: 'ok' });
    const client = clientOf(scheduler);
    expect(await client.submit((x: number) => x + 1, 1)).toBe(2);
    const { body } = await get(`${worker.probes}/metrics`, 'worker');
    expect(body).toContain('taskloom_worker_connected 1');
    expect(body).toContain('taskloom_worker_finished_tasks_total 1');
  });

  test('waits for its scheduler, comes back when it is lost, and new work runs', async () => {
    const gone = await started();
    const port = Number(new URL(gone.address).port);
    await gone.close();
    const { worker, first, next } = kept(gone.address);
    const healthy = await until(
      () => get(`${worker.probes}/healthz`, 'worker').catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    expect(healthy?.body).toBe('ok');
    expect((await get(`${worker.probes}/readyz`, 'worker')).status).toBe(503);
    const scheduler = await started(port);
    await first;
    const client = clientOf(scheduler);
    const old = client.submit(() => new Promise<number>(() => {}));
    await until(
      () => client.workers.length,
      (count) => count === 1,
    );
    const again = next();
    await scheduler.close();
    await expect(old).rejects.toMatchObject({ code: 'closed' });
    const anew = await started(port);
    await again;
    expect(worker.unready()).toBeUndefined();
    expect(await clientOf(anew).submit((x: number) => x + 1, 1)).toBe(2);
  });
});

/** Asks until the answer is as it should be; the test's own deadline ends it. */
async function until<T>(ask: () => T | Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await new Promise(setImmediate);
  }
}
