// Makes a cluster of one worker, waits until it is Ready, deletes it: what `helm test` runs in a pod.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const { CLUSTER: name, NAMESPACE: namespace } = process.env;
const WAIT_MS = 120_000;
const token = await readFile('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
const collection = `https://kubernetes.default.svc/apis/taskloom.dev/v1alpha1/namespaces/${namespace}/taskclusters`;

async function call(method, url, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${answer.message}`);
  return answer;
}

async function untilReady() {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const { status } = await call('GET', `${collection}/${name}`);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return;
    if (performance.now() > deadline) {
      throw new Error(`not Ready in time: ${ready?.message ?? 'the operator has not said anything of it'}`);
    }
    await delay(500);
  }
}

await call('POST', collection, {
  apiVersion: 'taskloom.dev/v1alpha1',
  kind: 'TaskCluster',
  metadata: { name },
  spec: { workers: { replicas: 1 } },
});
try {
  await untilReady();
  console.log('a cluster of one worker became Ready');
} finally {
  await call('DELETE', `${collection}/${name}`);
}
