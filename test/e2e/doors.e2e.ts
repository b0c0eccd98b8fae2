/** Who is let in: the one with the right token who is shown the right certificate, at each of the three doors. */
import { Client } from '@taskloom/client';
import { expect, test } from 'vitest';
import { jobOutput, startJob } from './job.ts';
import { cluster, describeOnNode, kubectl, type Place } from './on-node.ts';
import { haveWorkers, manifest, type Pod, ready, type TaskCluster, workersOf } from './resource.ts';

interface Secret {
  readonly data: Readonly<Record<string, string>>;
}

async function secret(place: Place, name: string): Promise<Record<string, string>> {
  const { data } = (await place.get<Secret>('secret', name))!;
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  return Object.fromEntries(entries);
}

type WithAddress = Pod & { readonly status: { readonly podIP: string } };

/** Asks each door as each stranger would, and prints the answers; `given` is what the strangers know. */
const STRANGERS = `
import { Client } from '@taskloom/client';
import { request } from 'node:https';
import { request as plainRequest } from 'node:http';

const outcome = async (name, attempt) => {
  const said = await attempt().then((value) => 'let in: ' + value, (error) => 'refused: ' + [error.code, error.message].filter(Boolean).join(' '));
  console.log(name + ' -> ' + said);
};
const joining = (address, options) => async () => {
  const client = await Client.connect(address, options);
  try {
    return await client.submit((x) => x + 1, 1);
  } finally {
    await client.close();
  }
};
const asking = (ask, url, options = {}) => () =>
  new Promise((resolve, reject) => {
    const asked = ask(url, { timeout: 5000, ...options }, (response) => {
      response.resume();
      if (response.statusCode < 300) resolve(response.statusCode);
      else reject(new Error(String(response.statusCode)));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end();
  });
const bearer = (token) => ({ headers: { authorization: 'Bearer ' + token } });

const { scheduler, worker, address, ca, otherCa, token, otherToken, adminToken } = given;
const toScheduler = { ca, servername: 'scheduler.taskloom.dev' };
const toWorker = { ca, servername: 'worker.taskloom.dev' };
const admin = 'https://' + scheduler + ':8788/v1/status';
const data = 'https://' + worker + ':8789/data/1/0';

await outcome('scheduler, all right', joining(address, { ca, token }));
await outcome('scheduler, wrong token', joining(address, { ca, token: 'x'.repeat(token.length) }));
await outcome('scheduler, token of another cluster', joining(address, { ca, token: otherToken }));
await outcome('scheduler, certificate of another cluster', joining(address, { ca: otherCa, token }));
await outcome('scheduler, no TLS', joining(address.replace('wss:', 'ws:'), { token }));
await outcome('admin door, all right', asking(request, admin, { ...toScheduler, ...bearer(adminToken) }));
await outcome('admin door, no token', asking(request, admin, toScheduler));
await outcome('admin door, token of a client', asking(request, admin, { ...toScheduler, ...bearer(token) }));
await outcome('admin door, certificate of another cluster', asking(request, admin, { ...toScheduler, ca: otherCa, ...bearer(adminToken) }));
await outcome('admin door, no TLS', asking(plainRequest, admin.replace('https:', 'http:'), bearer(adminToken)));
await outcome('worker, no token', asking(request, data, toWorker));
await outcome('worker, token of a client', asking(request, data, { ...toWorker, ...bearer(token) }));
await outcome('worker, certificate of another cluster', asking(request, data, { ...toWorker, ca: otherCa }));
await outcome('worker, no TLS', asking(plainRequest, data.replace('https:', 'http:')));
process.exit(0);
`;

describeOnNode('a door lets in', (place) => {
  const answers = new Map<string, string>();

  test('is tried by strangers of every kind', { timeout: 180_000 }, async () => {
    await place.apply(manifest('guarded', { workers: { replicas: 1 } }));
    await place.apply(manifest('other', { workers: { replicas: 0 } }));
    await Promise.all([ready(place, 'guarded'), ready(place, 'other'), haveWorkers(place, 'guarded', 1)]);
    const [worker] = (await workersOf(place, 'guarded')) as WithAddress[];
    const scheduler = await place.get<WithAddress>('pod', 'guarded-scheduler-0');
    const [mine, theirs] = [await secret(place, 'guarded-client'), await secret(place, 'other-client')];
    const given = {
      scheduler: scheduler?.status.podIP,
      worker: worker?.status.podIP,
      address: `wss://guarded-scheduler.${place.namespace}.svc:8786`,
      ca: mine['ca.crt'],
      otherCa: theirs['ca.crt'],
      token: mine.token,
      otherToken: theirs.token,
      adminToken: (await secret(place, 'guarded-scheduler'))['admin-token'],
    };
    await startJob(place, {
      name: 'strangers',
      code: `const given = ${JSON.stringify(given)};\n${STRANGERS}`,
    });
    for (const line of (await jobOutput(place, 'strangers')).trim().split('\n')) {
      const [name = '', said = ''] = line.split(' -> ');
      answers.set(name, said);
    }
    expect(answers.size).toBe(14);
  });

  test.each(['scheduler, all right', 'admin door, all right'])('%s', (name) => {
    expect(answers.get(name)).toMatch(/^let in: (2|200)$/);
  });

  test.each([
    ['scheduler, wrong token', /refused: wrong-token/],
    ['scheduler, token of another cluster', /refused: wrong-token/],
    ['scheduler, certificate of another cluster', /refused: .*certificate/i],
    ['scheduler, no TLS', /refused: \S+ .*(closed|hang up|answers)/],
    ['admin door, no token', /refused: 401/],
    ['admin door, token of a client', /refused: 401/],
    ['admin door, certificate of another cluster', /refused: \S*(CERT|SIGNATURE)/],
    ['admin door, no TLS', /refused/],
    ['worker, no token', /refused: 401/],
    ['worker, token of a client', /refused: 401/],
    ['worker, certificate of another cluster', /refused: \S*(CERT|SIGNATURE)/],
    ['worker, no TLS', /refused/],
  ])('not: %s', (name, said) => {
    expect(answers.get(name)).toMatch(said);
  });
});

const ADDRESS_OF_NODE = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';

describeOnNode('a scheduler with a port of the node', (place) => {
  // The addresses of somebody else's nodes may not be reachable from here.
  test.runIf(cluster.from === 'compiled')('is reached from outside, as its status says', async () => {
    const scheduler = { service: { type: 'NodePort' } };
    await place.apply(manifest('open', { workers: { replicas: 1 }, scheduler }));
    await ready(place, 'open');
    const { endpoints } = (await place.get<TaskCluster>('tkc', 'open'))?.status ?? {};
    const node = await kubectl('get', 'nodes', '-o', `jsonpath=${ADDRESS_OF_NODE}`);
    const { 'ca.crt': ca = '', token = '' } = await secret(place, 'open-client');
    const address = (endpoints?.outside ?? '').replace('NODE', node.trim());
    await using client = await Client.connect(address, { token, ca, relay: true });
    expect(await client.submit((x: number) => x + 1, 1)).toBe(2);
    expect((await client.submit(() => new Float64Array(1_000_000))).length).toBe(1_000_000);
  });
});
