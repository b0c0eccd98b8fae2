/** Work arrives: batches, their arguments, and the tasks to run. */
import type { FunctionRef } from '@taskloom/protocol';
import type { BatchOrder, EventOf } from './events.ts';
import { enqueueAnew } from './inputs.ts';
import { Ranges } from './ranges.ts';
import type { ArgBlock, Batch, Duration, Fn, Input, State } from './state.ts';
import type { Turn } from './turn.ts';

/** Functions that are remembered; beyond, all are forgotten and met anew. */
const FUNCTIONS = 10_000;

export function onRun(turn: Turn, { message, orders }: EventOf<'run'>): void {
  const { state } = turn;
  for (const order of orders) addBatch(state, order);
  addArguments(state, message);
  const { batch, first, count, run, attempt } = message;
  for (let row = 0; row < batch.length; row++) {
    const origin = {
      seq: state.nextSeq++,
      batch: knownBatch(state, batch[row]!),
      run: run[row]!,
      attempt: attempt[row]!,
      deaths: 0,
      inputs: inputsOf(message, row),
    };
    enqueueAnew(turn, origin, first[row]!, first[row]! + count[row]!);
  }
}

function addBatch(state: State, order: BatchOrder): void {
  const { concurrency = 1, fn } = order;
  state.batches.set(order.batch, { order, fn: fnOf(state, fn), concurrency, args: new Ranges<ArgBlock>() });
}

function fnOf(state: State, ref: FunctionRef): Fn {
  // Who reads orders gives the same object for the same bytes.
  if (state.lastMet?.ref === ref) return state.lastMet;
  state.lastMet = knownFn(state, ref);
  return state.lastMet;
}

function knownFn(state: State, ref: FunctionRef): Fn {
  const key = ref.graph + ref.name;
  let fn = state.functions.get(key);
  if (!fn) {
    if (state.functions.size >= FUNCTIONS) state.functions.clear();
    fn = { id: state.nextId++, ref, duration: durationOf(state, ref) };
    state.functions.set(key, fn);
  }
  return fn;
}

/** Closures of the same code that hold other values are thought to take as long. */
function durationOf(state: State, { name, graph, sources }: FunctionRef): Duration {
  const key = sources.length > 0 ? `${name} ${sources.join()}` : graph;
  let duration = state.durations.get(key);
  if (!duration) {
    if (state.durations.size >= FUNCTIONS) state.durations.clear();
    duration = { micros: undefined };
    state.durations.set(key, duration);
  }
  return duration;
}

function addArguments(
  state: State,
  { blockBatch, blockFirst, blockRows, sections }: EventOf<'run'>['message'],
) {
  for (let i = 0; i < blockBatch.length; i++) {
    const first = blockFirst[i]!;
    const rows = blockRows[i]!;
    const block: ArgBlock = { id: state.nextId++, first, rows, content: sections[i + 1]! };
    knownBatch(state, blockBatch[i]!).args.set(first, first + rows, block);
  }
}

function knownBatch(state: State, number: number): Batch {
  const batch = state.batches.get(number);
  if (!batch) throw new Error(`the scheduler sent tasks of batch ${number} without its order`);
  return batch;
}

function inputsOf(message: EventOf<'run'>['message'], row: number): readonly Input[] {
  const from = message.inputStart[row];
  const until = message.inputStart[row + 1];
  if (from === undefined || until === undefined || from === until) return NO_INPUTS;
  const inputs: Input[] = [];
  for (let i = from; i < until; i++) {
    inputs.push({
      task: message.task[i]!,
      count: message.inputCount[i]!,
      batch: message.from[i]!,
      index: message.index[i]!,
      holder: message.holder[i]!,
    });
  }
  return inputs;
}

const NO_INPUTS: readonly Input[] = [];
