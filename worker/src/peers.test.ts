import { DoorError, type StoredBlock } from '@taskloom/protocol/door';
import { expect, test } from 'vitest';
import { Peers } from './peers.ts';

const block: StoredBlock = { first: 0, count: 1, content: new Uint8Array([7]) };
const info = { worker: 3, name: 'c', address: 'http://c:1', threads: 1, resources: {} };

/** Doors that give these answers, one after the other. */
function doorsThat(...answers: (StoredBlock | DoorError['code'])[]) {
  const asked: string[] = [];
  const get = async (address: string, batch: number, index: number) => {
    asked.push(`${address}/${batch}/${index}`);
    const answer = answers.shift() ?? 'broken';
    if (typeof answer === 'string') throw new DoorError(answer, `it was ${answer}`);
    return answer;
  };
  return { asked, get, close: () => {} };
}

function peersOf(doors: ReturnType<typeof doorsThat>, during: (peers: Peers) => void = () => {}) {
  const waits: number[] = [];
  const peers: Peers = new Peers(doors, async (ms) => {
    waits.push(ms);
    during(peers);
  });
  peers.update([info]);
  return { peers, waits };
}

test.each(['broken', 'unreachable'] as const)(
  'a line that is %s for a moment is tried again',
  async (how) => {
    const doors = doorsThat(how, how, block);
    const { peers, waits } = peersOf(doors);
    expect(await peers.fetch(3, 1, 0)).toBe(block);
    expect(doors.asked).toHaveLength(3);
    expect(waits).toEqual([20, 200]);
  },
);

test('what stays out of reach is given up, with the last reason', async () => {
  const doors = doorsThat();
  const { peers, waits } = peersOf(doors);
  await expect(peers.fetch(3, 1, 0)).rejects.toThrow('it was broken');
  expect(waits).toEqual([20, 200, 1_000]);
});

test.each(['not-here', 'refused', 'silent'] as const)(
  'a holder that is "%s" is not asked twice',
  async (how) => {
    const doors = doorsThat(how, block);
    const { peers } = peersOf(doors);
    await expect(peers.fetch(3, 1, 0)).rejects.toThrow(`it was ${how}`);
    expect(doors.asked).toHaveLength(1);
  },
);

test('a worker that is gone meanwhile is not tried again', async () => {
  const doors = doorsThat('broken', block);
  const { peers } = peersOf(doors, (peers) => peers.update([]));
  await expect(peers.fetch(3, 1, 0)).rejects.toThrow('it was broken');
  expect(doors.asked).toHaveLength(1);
});

test('a worker that came back elsewhere is asked there', async () => {
  const doors = doorsThat('unreachable', block);
  const { peers } = peersOf(doors, (peers) => peers.update([{ ...info, address: 'http://elsewhere:1' }]));
  expect(await peers.fetch(3, 1, 0)).toBe(block);
  expect(doors.asked).toEqual(['http://c:1/1/0', 'http://elsewhere:1/1/0']);
});
