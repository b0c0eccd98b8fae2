/** What the scheduler commands, as sentences. */
import type { Control, Keep, Message, MessageOf, Run } from '@taskloom/protocol';
import type { Command } from '../src/core/index.ts';
import type { TaskNames } from './task-names.ts';

/** Who is called what. */
export interface People {
  readonly tasks: TaskNames;
  readonly clients: ReadonlyMap<number, string>;
  readonly workers: ReadonlyMap<number, string>;
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const named = (names: ReadonlyMap<number, string>, number: number) =>
  names.get(number) ?? `nobody (${number})`;

export function words(command: Command, people: People): string[] {
  switch (command.do) {
    case 'dismiss-worker':
      return [`dismiss ${named(people.workers, command.worker)}: ${command.reason}`];
    case 'order-worker':
      return command.messages.flatMap((message) =>
        orders(message, people).map((line) => `${named(people.workers, command.worker)}: ${line}`),
      );
    case 'tell-client':
      return command.messages.flatMap((message) =>
        news(message, command.client, people).map(
          (line) => `${named(people.clients, command.client)}: ${line}`,
        ),
      );
  }
}

function orders(message: Message, people: People): string[] {
  switch (message.op) {
    case 'run':
      return [...blocks(message, people), ...runs(message, people)];
    case 'code':
      return [`${message.sections[1]?.length ? 'code' : 'forget code'} ${text(message.sections[0])}`];
    case 'take-back':
      return [`take back ${ranges(message, people)}`];
    case 'stop':
    case 'drop':
    case 'fetch':
      return [`${message.op} ${ranges(message, people)}`];
    case 'retire':
      return [
        `retire ${list(message.batch, (batch) => people.tasks.ofBatch(batch, 0, 1).replace(/\[0\]$/, ''))}`,
      ];
    case 'keep':
      return [`keep ${heldRanges(message, people)}`];
    case 'leave':
      return ['leave'];
    case 'workers':
      return [roster(message)];
    default:
      throw new Error(`a worker is not told ${message.op}`);
  }
}

const roster = ({ workers }: Control<'workers'>) =>
  `workers ${workers.map(({ name, retiring }) => `${name}${retiring ? ' (leaving)' : ''}`).join(', ') || 'none'}`;

function news(message: Message, client: number, people: People): string[] {
  const row = (first: number, count: number) => people.tasks.ofClient(client, first, count);
  switch (message.op) {
    case 'workers':
      return [roster(message)];
    case 'done':
    case 'located':
      return fates(message.first, (first, i) => [
        named(people.workers, message.worker[i] as number),
        row(first, message.count[i] as number),
      ]).map(([worker, tasks]) => `${message.op} ${tasks} at ${worker}`);
    case 'put':
      return fates(message.task, (task, i) => [
        named(people.workers, message.worker[i] as number),
        row(task, 1),
      ]).map(([worker, tasks]) => `put ${tasks} at ${worker}`);
    case 'results':
    case 'undone':
      return [`${message.op} ${list(message.first, (first, i) => row(first, message.count[i] as number))}`];
    case 'failed':
      return fates(message.first, (first, i) => [
        text(message.sections[i]),
        row(first, message.count[i] as number),
      ]).map(([error, tasks]) => `failed ${tasks}: ${error}`);
    default:
      throw new Error(`a client is not told ${message.op}`);
  }
}

function list(column: Uint32Array, say: (entry: number, i: number) => string): string {
  return Array.from(column, say).join(', ');
}

/** Rows as [fate, tasks], with the tasks of neighbours that share a fate in one line. */
function fates(column: Uint32Array, say: (entry: number, i: number) => [string, string]): [string, string][] {
  const out: [string, string][] = [];
  for (const [fate, tasks] of Array.from(column, say)) {
    const last = out.at(-1);
    if (last?.[0] === fate) last[1] += `, ${tasks}`;
    else out.push([fate, tasks]);
  }
  return out;
}

type Ranged = Readonly<Record<'batch' | 'first' | 'count', Uint32Array>>;

function ranges({ batch, first, count }: Ranged, { tasks }: People): string {
  return list(batch, (each, i) => tasks.ofBatch(each, first[i] as number, count[i] as number));
}

function heldRanges(message: MessageOf<typeof Keep>, people: People): string {
  const { batch, first, count, holder } = message;
  const at = (i: number) => named(people.workers, holder[i] as number);
  return list(
    batch,
    (each, i) => `${people.tasks.ofBatch(each, first[i] as number, count[i] as number)} of ${at(i)}`,
  );
}

function blocks({ blockBatch, blockFirst, blockRows }: MessageOf<typeof Run>, people: People): string[] {
  if (blockBatch.length === 0) return [];
  return [`arguments ${ranges({ batch: blockBatch, first: blockFirst, count: blockRows }, people)}`];
}

function runs(message: MessageOf<typeof Run>, people: People): string[] {
  return Array.from(message.batch, (batch, i) => {
    const tasks = people.tasks.ofBatch(batch, message.first[i] as number, message.count[i] as number);
    const attempt = message.attempt[i] ? ` (attempt ${message.attempt[i]})` : '';
    const inputs: string[] = [];
    for (let k = message.inputStart[i] as number; k < (message.inputStart[i + 1] as number); k++)
      inputs.push(input(message, k, people));
    return `run ${tasks}${attempt}${inputs.length > 0 ? ` with ${inputs.join(', ')}` : ''}`;
  });
}

function input(message: MessageOf<typeof Run>, k: number, { tasks, workers }: People): string {
  const what = tasks.ofBatch(
    message.from[k] as number,
    message.index[k] as number,
    message.inputCount[k] as number,
  );
  const holder = message.holder[k] as number;
  return holder === 0 ? `${what} here` : `${what} from ${named(workers, holder)}`;
}
