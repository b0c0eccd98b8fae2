/**
 * The scheduler core alone: a random graph in which each task needs 4 earlier ones, on 16 workers of one thread that answer at once.
 * Timed are the steps of the core, from the submission to the last completion; making the workers' answers is not.
 */
import type { Message, MessageOf, Run } from '@taskloom/protocol';
import { type Command, type Event, emptyState, step } from '@taskloom/scheduler/core';

const TASKS = 100_000;
const DEPENDENCIES = 4;
const BATCH = 1_000;
const WORKERS = 16;
/** Inputs are drawn from this many tasks before, so that data dies young as in real graphs. */
const REACH = 10_000;
const REPETITIONS = Number(process.env.REPETITIONS ?? 1);

const NONE = new Uint32Array(0);
const EMPTY = new Uint8Array(0);
const writer = { orders: () => EMPTY, hash: () => EMPTY };

let seed = 1;
/** Park and Miller's minimal standard generator (1988). */
const draw = (below: number) => {
  seed = (seed * 48_271) % 0x7fff_ffff;
  return seed % below;
};

function submissions(): Event[] {
  const events: Event[] = [];
  for (let first = 1; first <= TASKS; first += BATCH) {
    const depStart = new Uint32Array(BATCH + 1);
    const deps: number[] = [];
    for (let i = 0; i < BATCH; i++) {
      const task = first + i;
      const reach = Math.min(task - 1, REACH);
      for (let k = 0; k < Math.min(DEPENDENCIES, reach); k++) deps.push(task - 1 - draw(reach));
      depStart[i + 1] = deps.length;
    }
    const depFirst = Uint32Array.from(deps);
    const depCount = new Uint32Array(deps.length).fill(1);
    const head = { first, count: BATCH, fn: { name: 'f', graph: 'f', sources: [] }, options: {} };
    const blocks = { blockRows: NONE, zip: NONE, sharedFirst: NONE, sharedCount: NONE, sections: [EMPTY] };
    events.push({
      on: 'submitted',
      client: 1,
      head,
      message: { op: 'submit', depStart, depFirst, depCount, ...blocks },
    });
  }
  return events;
}

/** Everything that was ordered is done, each row as one stored block. */
function answer(worker: number, run: MessageOf<typeof Run>): Event {
  const rows = run.batch.length;
  const { batch, first, count, run: runs } = run;
  const message: Message = {
    op: 'finished', batch, first, count, run: runs,
    bytes: new Uint32Array(rows).fill(9), micros: new Uint32Array(rows).fill(5), inline: new Uint32Array(rows), sections: [],
  }; // biome-ignore format: a list of columns
  return { on: 'finished', worker, message };
}

function answers(commands: readonly Command[]): Event[] {
  const events: Event[] = [];
  for (const command of commands) {
    if (command.do !== 'order-worker') continue;
    for (const message of command.messages)
      if (message.op === 'run') events.push(answer(command.worker, message));
  }
  return events;
}

function measure(): { rate: number; bytesPerTask: number } {
  const state = emptyState({ encodeFault: () => EMPTY, cacheBytes: 1 << 20, workerTtlMs: 1e9 });
  const joined = Array.from({ length: WORKERS }, (_, i): Event => ({
    on: 'worker-joined', worker: i + 1, name: `w${i}`, address: '', threads: 1, resources: {},
  })); // biome-ignore format: one thought
  step(state, [{ on: 'client-joined', client: 1 }, ...joined], 0, writer);
  const waiting = submissions();
  let spent = 0;
  let now = 0;
  let events: Event[] = [];
  // Each turn brings one submission and the answers to all that was ordered in the turn before.
  for (let more = waiting.shift(); more || events.length > 0; more = waiting.shift()) {
    if (more) events.unshift(more);
    const start = performance.now();
    const commands = step(state, events, now++, writer);
    spent += performance.now() - start;
    events = answers(commands);
  }
  const done = [...state.batchById.values()].every(({ unfinished }) => unfinished === 0);
  if (process.env.STEPS) console.log(now);
  if (!done) throw new Error('the graph was not finished');
  return { rate: TASKS / (spent / 1000), bytesPerTask: state.pieces.bytesPerRow };
}

/** Unmeasured for so long, as every contender: V8 compiles the core meanwhile. */
const WARM_MS = 1_000;
const began = performance.now();
do measure();
while (performance.now() - began < WARM_MS);
for (let i = 0; i < REPETITIONS; i++)
  console.log(JSON.stringify({ metric: 'core.random4', value: measure().rate }));
