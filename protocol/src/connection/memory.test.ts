import { expect, test } from 'vitest';
import { Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { connectionContract, listen } from './connection.contract.ts';
import { memoryPair } from './memory.ts';

for (const encoded of [false, true]) {
  connectionContract(encoded ? 'memory, encoded' : 'memory', async () => {
    const [near, far] = memoryPair('near', 'far', { encoded });
    const end = async () => near.close();
    return { near, far, end };
  });
}

test('an encoded pair refuses what a socket would, and shares nothing', async () => {
  const [near, far] = memoryPair('near', 'far', { encoded: true });
  const here = listen(near);
  const there = listen(far);
  const first = Uint32Array.of(7);
  near.send({ op: 'want', first, count: Uint32Array.of(1), sections: [] });
  await there.heardAtLeast(1);
  first[0] = 8;
  expect(there.heard[0]).toMatchObject({ first: Uint32Array.of(7) });
  near.send(output('x'.repeat(Limits.outputChars)));
  await there.heardAtLeast(2);
  near.send(output('x'.repeat(Limits.outputChars + 1)));
  const { code, message } = await here.closed;
  expect(code).toBe('bad-message');
  expect(message).toMatch(/^output\.text: .*65536/);
});

function output(text: string): Message {
  return { op: 'output', batch: 1, index: 0, worker: 'w', name: 'f', stream: 'stdout', text };
}
