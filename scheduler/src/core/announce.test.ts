import { expect, test } from 'vitest';
import { type Command, type Event, emptyState, step } from './index.ts';

const nothing = new Uint8Array(0);
const writer = { orders: () => nothing, hash: () => nothing };

function joined(worker: number, name: string): Event {
  return { on: 'worker-joined', worker, name, address: `http://${name}`, threads: 1, resources: {} };
}

function told(commands: readonly Command[]): string[] {
  return commands.flatMap((command) => {
    if (command.do === 'dismiss-worker') return [];
    const who = command.do === 'tell-client' ? `client ${command.client}` : `worker ${command.worker}`;
    return command.messages.flatMap((message) =>
      message.op === 'workers' ? [`${who}: ${message.workers.map(({ address }) => address).join(' ')}`] : [],
    );
  });
}

test('everybody learns where the data doors of workers are, whenever that changes', () => {
  const state = emptyState({ encodeFault: () => nothing, cacheBytes: 0, workerTtlMs: 1e9 });
  const after = (...events: Event[]) => told(step(state, events, 0, writer));
  expect(after({ on: 'client-joined', client: 1 }, joined(1, 'w1'))).toEqual([
    'client 1: http://w1',
    'worker 1: http://w1',
  ]);
  expect(after(joined(2, 'w2'))).toEqual([
    'client 1: http://w1 http://w2',
    'worker 1: http://w1 http://w2',
    'worker 2: http://w1 http://w2',
  ]);
  expect(after({ on: 'ticked' })).toEqual([]);
  expect(after({ on: 'worker-lost', worker: 1, reason: 'gone' })).toEqual([
    'client 1: http://w2',
    'worker 2: http://w2',
  ]);
});
