/** An order as the thread keeps it: what it refers to is looked up when it arrives, so that it may be forgotten meanwhile. */
import type { Functions, TaskFunction } from './functions.ts';
import type { Gathered } from './gathered.ts';
import type { Held, Shelf } from './shelf.ts';
import { INPUT_WIDTH, ORDER_HEAD } from './wire.ts';

export interface TaskOrder {
  readonly order: number;
  readonly fn: TaskFunction;
  readonly batch: number;
  readonly first: number;
  /** Nearer when the rest was withdrawn. */
  end: number;
  readonly attempt: number;
  readonly concurrency: number;
  readonly args: readonly { readonly first: number; readonly held: Held }[];
  readonly inputs: readonly TaskInput[];
  /** The next task to call. */
  next: number;
  /** Its results that are not encoded yet. */
  gathered: Gathered | undefined;
}

/** The values of [task, task + count): rows of a block, or results of this thread itself. */
export interface TaskInput {
  readonly task: number;
  readonly count: number;
  readonly held: Held | undefined;
  readonly batch: number;
  readonly index: number;
}

export function readOrders(numbers: readonly number[], shelf: Shelf, functions: Functions): TaskOrder[] {
  const orders: TaskOrder[] = [];
  for (let at = 0; at < numbers.length; ) {
    const head = at;
    const first = numbers[head + 3]!;
    const args = numbers[head + 7]!;
    const inputs = numbers[head + 8]!;
    at += ORDER_HEAD.length;
    const taken = {
      order: numbers[head]!, fn: functions.get(numbers[head + 1]!), batch: numbers[head + 2]!,
      first, end: first + numbers[head + 4]!, attempt: numbers[head + 5]!, concurrency: numbers[head + 6]!, next: first, gathered: undefined,
      args: readArgs(numbers, at, args, shelf),
      inputs: readInputs(numbers, at + 2 * args, inputs, shelf),
    }; // biome-ignore format: a record
    orders.push(taken);
    at += 2 * args + INPUT_WIDTH * inputs;
  }
  return orders;
}

function readArgs(numbers: readonly number[], from: number, count: number, shelf: Shelf): TaskOrder['args'] {
  const args: { first: number; held: Held }[] = [];
  for (let i = 0; i < count; i++) {
    args.push({ held: shelf.get(numbers[from + 2 * i]!), first: numbers[from + 2 * i + 1]! });
  }
  return args;
}

function readInputs(
  numbers: readonly number[],
  from: number,
  count: number,
  shelf: Shelf,
): readonly TaskInput[] {
  if (count === 0) return NO_INPUTS;
  const inputs: TaskInput[] = [];
  for (let at = from; at < from + count * INPUT_WIDTH; at += INPUT_WIDTH) {
    const block = numbers[at + 2]!;
    inputs.push({
      task: numbers[at]!,
      count: numbers[at + 1]!,
      held: block === 0 ? undefined : shelf.get(block),
      batch: numbers[at + 3]!,
      index: numbers[at + 4]!,
    });
  }
  // Many inputs come of lists of futures: they are looked up by halving.
  return inputs.sort((a, b) => a.task - b.task);
}

const NO_INPUTS: readonly TaskInput[] = [];

/** The input that has this task's value. */
export function inputOf(inputs: readonly TaskInput[], task: number): TaskInput | undefined {
  let low = 0;
  let high = inputs.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const input = inputs[middle] as TaskInput;
    if (task < input.task) high = middle - 1;
    else if (task >= input.task + input.count) low = middle + 1;
    else return input;
  }
  return undefined;
}
