/**
 * All that is said between client, scheduler and worker.
 *
 * A message is either control (a msgpack map with `op`, checked by zod at the door) or hot (columns of u32 and opaque byte
 * sections; see frame.ts for the layout). A task is named by its client's number (u32, minted by the client) between client and
 * scheduler, and by (batch, index) between scheduler and worker. Rows speak of ranges: `first` and `count`.
 */
import * as z from 'zod/mini';
import { hot, type MessageOf } from './frame.ts';
import { type LimitName, Limits } from './limits.ts';

/** Versions of this protocol that this build speaks: [oldest, newest]. */
export const PROTOCOL: readonly [number, number] = [1, 1];

// ---------------------------------------------------------------------------------------------- hot: client -> scheduler

/** One function over a range of tasks: one row. Section 0 is the msgpack `Call`; then one section for each block of arguments. */
export const Submit = hot(
  1,
  'submit',
  {
    tasks: ['first', 'count'],
    blocks: ['blockRows'], //               tasks in each block of arguments, in order
    starts: ['depStart'], //                count + 1 offsets into deps, or empty
    deps: ['depFirst', 'depCount'], //      task i needs the tasks of rows depStart[i] .. depStart[i+1]
    zips: ['zip'], //                       task i needs task zip[k] + i, for each k
    shared: ['sharedFirst', 'sharedCount'], // every task needs these
  },
  { fixed: 1, each: 'blocks', offsets: { depStart: { into: 'deps' } } },
);
/** The values of these tasks are to be sent when they are there. */
export const Want = hot(2, 'want', { rows: ['first', 'count'] });
/** Nobody at this client holds these tasks any more. */
export const Release = hot(3, 'release', { rows: ['first', 'count'] });
export const Cancel = hot(4, 'cancel', { rows: ['first', 'count'] });
/** Data that the client will bring to a worker itself: one task for each row of `bytes`. Section 0 is the msgpack `ScatterHead`. */
export const Scatter = hot(5, 'scatter', { rows: ['bytes'] }, { fixed: 1 });

// ---------------------------------------------------------------------------------------------- hot: scheduler -> client

/** Finished; the values are on `worker` under (batch, index), each block `bytes` long. */
export const Done = hot(10, 'done', { rows: ['first', 'count', 'worker', 'batch', 'index', 'bytes'] });
/** Wanted values: section i is the block with the values of row i. */
export const Results = hot(11, 'results', { rows: ['first', 'count'] }, { each: 'rows' });
/** Wanted values too large to ride along: fetch the block of row i from the worker's data door. */
export const Located = hot(12, 'located', { rows: ['first', 'count', 'worker', 'batch', 'index', 'bytes'] });
/** Failed: section i is the TaskError of row i. */
export const Failed = hot(13, 'failed', { rows: ['first', 'count'] }, { each: 'rows' });
/** Was done, is not any more: its worker is lost and it is computed again. */
export const Undone = hot(14, 'undone', { rows: ['first', 'count'] });
/** Where scattered data goes: PUT row i (task) to the data door of `worker` under (batch, index). */
export const Put = hot(15, 'put', { rows: ['task', 'worker', 'batch', 'index'] });

// ---------------------------------------------------------------------------------------------- hot: scheduler -> worker

/**
 * Run these tasks, in this order. Batches not sent to this worker before come along: `newOrder` says which of the
 * `CallOrder`s, of which section 0 is a msgpack array. The other sections are blocks of arguments not sent before. An input is a range of tasks: `task` is the number that stands in the
 * arguments, (`from`, `index`) is where it is kept, `holder` the worker that has it; 0 = this worker has it or is making it.
 */
export const Run = hot(
  20,
  'run',
  {
    rows: ['batch', 'first', 'count', 'run', 'attempt'],
    starts: ['inputStart'], //               rows + 1 offsets into inputs, or empty
    inputs: ['task', 'inputCount', 'from', 'index', 'holder'],
    batches: ['newBatch', 'newOrder'],
    blocks: ['blockBatch', 'blockFirst', 'blockRows'],
  },
  { fixed: 1, each: 'blocks', offsets: { inputStart: { into: 'inputs', of: 'rows' } } },
);
/** Forget these results. */
export const Drop = hot(21, 'drop', { rows: ['batch', 'first', 'count'] });
/** Hand these back if they have not been started. Always answered by `handed-back`, with what was given up (maybe nothing). */
export const TakeBack = hot(22, 'take-back', { rows: ['batch', 'first', 'count', 'run'] });
/** Stop these, started or not; no answer is expected. */
export const Stop = hot(23, 'stop', { rows: ['batch', 'first', 'count', 'run'] });
/** Send these results to the scheduler, which a client wants. */
export const Fetch = hot(24, 'fetch', { rows: ['batch', 'first', 'count'] });
/** No task of these batches is left to run: their code and arguments may go. */
export const Retire = hot(25, 'retire', { rows: ['batch'] });

/**
 * Fetch these results from `holder`, which is to go, and keep them. Answered by `finished` with run 0; by `input-missing` with run 0 when
 * they cannot be had.
 */
export const Keep = hot(26, 'keep', { rows: ['batch', 'first', 'count', 'holder'] });

// ---------------------------------------------------------------------------------------------- hot: worker -> scheduler

/** Rows of results stored here as one block each. `micros`: run time of all tasks in the row. Section i is the block of row i, empty unless `inline` is 1. */
export const Finished = hot(
  30,
  'finished',
  { rows: ['batch', 'first', 'count', 'run', 'bytes', 'micros', 'inline'] },
  { each: 'rows' },
);
/** Section i is the TaskError of row i. `why` is one of ErredWhy. */
export const Erred = hot(31, 'erred', { rows: ['batch', 'first', 'count', 'run', 'why'] }, { each: 'rows' });
export const HandedBack = hot(32, 'handed-back', { rows: ['batch', 'first', 'count', 'run'] });
/** Answer to `fetch`: section i is the block of row i; an empty section says that it is not here. */
export const Data = hot(33, 'data', { rows: ['batch', 'first', 'count'] }, { each: 'rows' });
/** These tasks wait in vain: the input (from, index) could not be had from `holder`. They are handed back with this. */
export const InputMissing = hot(34, 'input-missing', {
  rows: ['batch', 'first', 'count', 'run', 'from', 'index', 'holder'],
});

/**
 * Function code or captured values, by hash; sent once to each receiver. Section 0 is the hash in ASCII, section 1 the bytes. Without
 * bytes, to a worker: no task here needs it any more; to the scheduler: its client does not count on it any more, though batches that
 * named it may still need it. In both cases it is sent anew before it is named again. (A worker that does not know this keeps no bytes.)
 */
export const Code = hot(40, 'code', {}, { fixed: 2 });

export const ErredWhy = {
  threw: 0,
  refusedResult: 1,
  timedOut: 2,
  threadDied: 3,
  badCode: 4,
  cancelled: 5,
} as const;

// biome-ignore format: a list of names
export const HOT = [
  Submit, Want, Release, Cancel, Scatter, Done, Results, Located, Failed, Undone, Put, Run, Drop, TakeBack, Stop, Fetch, Retire, Keep,
  Finished, Erred, HandedBack, Data, InputMissing, Code,
] as const;

export type HotMessage = MessageOf<(typeof HOT)[number]>;

// ---------------------------------------------------------------------------------------------- what heads carry

const u32 = z.int().check(z.minimum(0), z.maximum(0xffff_ffff));
/** How many tasks may share a thread. */
const sharing = u32.check(z.minimum(1), z.maximum(Limits.threadTasks));
const amount = z.number().check(z.minimum(0));
/** What a limit says when it is passed. */
const over = (limit: LimitName) => ({ error: `more than ${limit} (${Limits[limit]})` });
const shortText = z.string().check(z.maxLength(Limits.textCharacters, over('textCharacters')));
function listOf<T extends z.ZodMiniType>(each: T, limit: LimitName) {
  return z.array(each).check(z.maxLength(Limits[limit], over(limit)));
}
const names = listOf(shortText, 'namesListed');
const amounts = z
  .record(shortText, amount)
  .check(z.refine((named) => Object.keys(named).length <= Limits.namesListed, over('namesListed')));
const flag = z.boolean();

/** What the worker needs to make the function: hashes of `code`. */
export const FunctionRef = z.object({
  name: shortText,
  graph: shortText,
  sources: listOf(shortText, 'functionSources'),
});
export type FunctionRef = z.infer<typeof FunctionRef>;

export const TaskOptions = z.object({
  retries: z.optional(u32),
  timeoutMs: z.optional(z.number().check(z.positive())),
  /** Higher runs first. */
  priority: z.optional(z.number()),
  /** What one task takes of what a worker offers, e.g. { GPU: 1 }. */
  resources: z.optional(amounts),
  /** Names of the workers that may run it. */
  workers: z.optional(names),
  /** Async tasks that may share a thread. */
  concurrency: z.optional(sharing),
});
export type TaskOptions = z.infer<typeof TaskOptions>;

/** What is to be called, and how; the same bytes each time, so that who has read them before need not read them again. */
export const Call = z.object({ fn: FunctionRef, options: TaskOptions });
export type Call = z.infer<typeof Call>;

export const ScatterHead = z.object({
  first: u32,
  name: shortText,
  /** Names of the workers that may hold it; any when absent. */
  workers: z.optional(names),
  /** A copy on every worker (among `workers`). */
  broadcast: flag,
});
export type ScatterHead = z.infer<typeof ScatterHead>;

/** What a worker must know of a call. */
export const CallOrder = z.object({
  fn: FunctionRef,
  timeoutMs: z.optional(z.number().check(z.positive())),
  concurrency: z.optional(u32.check(z.minimum(1))),
});
export type CallOrder = z.infer<typeof CallOrder>;

// ---------------------------------------------------------------------------------------------- control

export const Role = z.enum(['client', 'worker']);
export type Role = z.infer<typeof Role>;

export const WorkerInfo = z.object({
  worker: u32,
  name: shortText,
  /** Base URL of its data door, e.g. http://127.0.0.1:40123; `memory:` when it lives in this process. */
  address: shortText,
  threads: u32,
  resources: amounts,
  /** The group of workers that it belongs to, where there are such. */
  group: z.optional(shortText),
  /** It is to leave, and gets no new work. */
  retiring: z.optional(flag),
});
export type WorkerInfo = z.infer<typeof WorkerInfo>;

/** What a worker that runs from an image says of it: its name, and the packages that tasks find there, versions by name. */
export const WorkerImage = z.object({ name: shortText, packages: z.record(shortText, shortText) });
export type WorkerImage = z.infer<typeof WorkerImage>;

/** A package that a function uses. */
export const Package = z.object({ name: shortText, version: shortText });
export type Package = z.infer<typeof Package>;

const hello = z.object({
  op: z.literal('hello'),
  role: Role,
  protocol: z.tuple([u32, u32]),
  /** The version of the package, for the message that says what to upgrade. */
  version: shortText,
  token: shortText,
  /** Of a worker. */
  worker: z.optional(
    z.extend(z.omit(WorkerInfo, { worker: true }), {
      image: z.optional(WorkerImage),
      /** For async tasks that do not say; 1 when absent. */
      concurrency: z.optional(sharing),
    }),
  ),
});

export const ControlMessage = z.discriminatedUnion('op', [
  hello,
  /** `number`: the session of a client, the number of a worker. `dataToken` opens the data doors of workers. */
  z.object({
    op: z.literal('welcome'),
    protocol: u32,
    version: shortText,
    number: u32,
    dataToken: shortText,
  }),
  z.object({ op: z.literal('refused'), code: shortText, message: shortText }),
  /** Worker: alive. `storeBytes`: results held. `running`: (batch, index, run, ms since its start) of each running task. */
  z.object({
    op: z.literal('heartbeat'),
    storeBytes: amount,
    running: z.array(z.tuple([u32, u32, u32, amount])).check(z.maxLength(Limits.heartbeatTasks)),
  }),
  /** To every client and worker: the workers there are, after each change and before any other news that names one. */
  z.object({ op: z.literal('workers'), workers: z.array(WorkerInfo) }),
  /** What a task wrote. From a worker `batch` names the batch, to the client `task` the task. */
  z.object({
    op: z.literal('output'),
    batch: u32,
    index: u32,
    worker: shortText,
    name: shortText,
    stream: z.enum(['stdout', 'stderr']),
    text: z.string().check(z.maxLength(Limits.outputChars)),
  }),
  /**
   * A question of a client, answered by `answer` with the same id; of `retire`, which names workers, once they are drained or gone. Of
   * `packages`: which of them the images of workers lack or have in another version.
   */
  z.object({
    op: z.literal('ask'),
    id: u32,
    about: z.enum(['explain', 'counters', 'retire', 'packages']),
    task: z.optional(u32),
    workers: z.optional(listOf(shortText, 'namesAsked')),
    packages: z.optional(listOf(Package, 'packagesAsked')),
  }),
  z.object({ op: z.literal('answer'), id: u32, answer: z.unknown() }),
  /** Worker: wants to leave, and is to be drained before; answered by `leave`. */
  z.object({ op: z.literal('retiring') }),
  /** Scheduler to worker: finish and leave. */
  z.object({ op: z.literal('leave'), reason: shortText }),
]);
export type ControlMessage = z.infer<typeof ControlMessage>;
export type Control<Op extends ControlMessage['op']> = Extract<ControlMessage, { op: Op }>;

export type Message = ControlMessage | HotMessage;
