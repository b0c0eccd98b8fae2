/** A core with many workers, and what they answer, without a shell. */
import type { MessageOf, Submit, TaskOptions } from '@taskloom/protocol';
import { type Command, type Event, emptyState, type State, step } from '../src/core/index.ts';
import { BARE_SUBMIT } from './reports.ts';

const EMPTY = new Uint8Array(0);
export const writer = { orders: () => EMPTY, hash: () => EMPTY };

export function cluster(workers: number, threads: number): State {
  const state = emptyState({ encodeFault: () => EMPTY, cacheBytes: 1 << 20, workerTtlMs: 1e9 });
  step(state, [{ on: 'client-joined', client: 1 }], 0, writer);
  const joined = Array.from({ length: workers }, (_, i): Event => {
    const about = { name: `w${i + 1}`, address: '', threads, resources: {} };
    return { on: 'worker-joined', worker: i + 1, ...about };
  });
  step(state, joined, 0, writer);
  return state;
}

export function map(
  first: number,
  count: number,
  columns: Partial<MessageOf<typeof Submit>> = {},
  options: TaskOptions = {},
): Event {
  const head = { first, count, fn: { name: 'f', graph: 'f', sources: [] }, options };
  return { on: 'submitted', client: 1, head, message: { ...BARE_SUBMIT, ...columns } };
}

/** Each order is done in `micros` a task, as one block. */
export function answers(commands: readonly Command[], micros: number): Event[] {
  const events: Event[] = [];
  for (const command of commands) {
    if (command.do !== 'order-worker') continue;
    for (const message of command.messages) {
      if (message.op !== 'run') continue;
      const { batch, first, count, run } = message;
      const time = count.map((each) => each * micros);
      const inline = new Uint32Array(batch.length);
      const done = {
        op: 'finished' as const,
        batch,
        first,
        count,
        run,
        bytes: count,
        micros: time,
        inline,
        sections: [],
      };
      events.push({ on: 'finished', worker: command.worker, message: done });
    }
  }
  return events;
}
