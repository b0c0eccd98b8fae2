/** What clients submit: functions over random inputs, and how that is said. */
import { type Message, packMap, type TaskOptions } from '@taskloom/protocol';
import type { Random } from '../../worker/src/testing/random.ts';
import type { Cluster } from './cluster.ts';
import { type Kind, nameOf } from './plan.ts';
import type { Task, Tasks } from './tasks.ts';

interface Range {
  readonly first: number;
  readonly count: number;
}

export interface Submission {
  readonly tasks: readonly Task[];
  /** Hashes of code that must have been sent before, the graph first. */
  readonly code: readonly string[];
  readonly message: Message;
}

const NO_COLUMN = new Uint32Array(0);
/** Names of workers that some tasks are bound to. */
export const WORKER_NAMES = ['ada', 'bob', 'cyd', 'dan'] as const;
/** What some workers have, and what tasks take of it. */
export const OFFERED = { GPU: 1, disk: 2 } as const;
const TAKEN = [{ GPU: 1 }, { GPU: 0.1 }, { GPU: 0.3, disk: 1 }, { disk: 0.7 }, { GPU: 1, disk: 2 }] as const;
const KINDS: readonly Kind[] = ['good', 'good', 'good', 'good', 'good', 'bad', 'flaky', 'stuck'];
/** Those that nobody has to end. */
const CALM_KINDS: readonly Kind[] = KINDS.slice(0, -1);

/** Whatever else happens, a batch is one of: a map, tasks with inputs of their own, a map over tasks, tasks that share inputs, a chain. */
export function submission({ random, isCalm }: Cluster, known: Tasks, first: number): Submission {
  const upper = someTasks(random, known);
  const way = random.pick(['map', 'each', 'zip', 'shared', 'chain'] as const);
  const zip = way === 'zip' ? upper : undefined;
  const shared = way === 'shared' && upper ? [upper] : [];
  const count = zip?.count ?? 1 + random.int(random.chance(0.3) ? 40 : 6);
  const deps = Array.from({ length: way === 'each' || way === 'chain' ? count : 0 }, (_, i) => {
    if (way === 'each') return someInputs(random, known);
    return i > 0 ? [{ first: first + i - 1, count: 1 }] : [];
  });
  const kind = random.pick(isCalm ? CALM_KINDS : KINDS);
  const large = random.chance(0.15);
  const options = someOptions(random, kind, isCalm);
  const tasks = Array.from({ length: count }, (_, index): Task => {
    const inputs = [
      ...(deps[index] ?? []).flatMap(each),
      ...(zip ? [zip.first + index] : []),
      ...shared.flatMap(each),
    ];
    return {
      number: first + index,
      index,
      kind,
      large,
      inputs,
      options,
      isData: false,
      isHeld: true,
      isCancelled: false,
    };
  });
  const name = nameOf({ kind, large });
  // A graph says of which sources it is.
  const sources = random.chance(0.5) ? [`source of ${kind}`] : [];
  const fn = { name, graph: `graph of ${[name, ...sources].join()}`, sources };
  const blocks = blocksOf(random, tasks);
  const message: Message = {
    op: 'submit',
    first: Uint32Array.of(first),
    count: Uint32Array.of(count),
    blockRows: Uint32Array.from(blocks, ({ length }) => length),
    depStart: deps.length > 0 ? starts(deps) : NO_COLUMN,
    depFirst: Uint32Array.from(deps.flat(), (dep) => dep.first),
    depCount: Uint32Array.from(deps.flat(), (dep) => dep.count),
    zip: zip ? Uint32Array.of(zip.first) : NO_COLUMN,
    sharedFirst: Uint32Array.from(shared, (dep) => dep.first),
    sharedCount: Uint32Array.from(shared, (dep) => dep.count),
    sections: [
      packMap({ fn, options }),
      ...blocks.map((rows) => new Uint8Array(Buffer.from(JSON.stringify(rows)))),
    ],
  };
  return { tasks, code: [fn.graph, ...fn.sources], message };
}

/** Data that the client will bring itself. */
export function scattering(random: Random, first: number, bytes: (large: boolean) => number): Submission {
  const count = 1 + random.int(3);
  const large = random.chance(0.2);
  const tasks = Array.from({ length: count }, (_, index): Task => {
    return {
      number: first + index,
      index,
      kind: 'good',
      large,
      inputs: [],
      options: {},
      isData: true,
      isHeld: true,
      isCancelled: false,
    };
  });
  const bound = random.chance(0.1) && { workers: [random.pick(WORKER_NAMES)] };
  const head = { first, name: 'data', broadcast: random.chance(0.3), ...bound };
  const sizes = new Uint32Array(count).fill(bytes(large));
  return { tasks, code: [], message: { op: 'scatter', bytes: sizes, sections: [packMap(head)] } };
}

/** A run of consecutive tasks that are held. */
export function someTasks(random: Random, known: Tasks): Range | undefined {
  const { held } = known;
  if (held.length === 0) return undefined;
  const first = random.pick(held).number;
  const most = random.chance(0.3) ? 40 : 1 + random.int(6);
  return { first, count: known.heldFrom(first, most) };
}

function someInputs(random: Random, known: Tasks): Range[] {
  const found: Range[] = [];
  for (let i = random.int(4); i > 0; i--) {
    const some = someTasks(random, known);
    if (some) found.push(random.chance(0.7) ? { first: some.first, count: 1 } : some);
  }
  return found;
}

function someOptions(random: Random, kind: Kind, isCalm: boolean): TaskOptions {
  const isTimed = kind === 'stuck' ? random.chance(0.7) : random.chance(isCalm ? 0 : 0.1);
  return {
    ...(kind === 'flaky' || random.chance(0.2) ? { retries: 1 + random.int(2) } : {}),
    ...(isTimed && { timeoutMs: 50 }),
    ...(random.chance(0.2) && { priority: random.int(3) - 1 }),
    ...(random.chance(0.15) && { concurrency: 1 + random.int(4) }),
    ...somewhere(random),
  };
}

/** Not every worker has what some tasks take; who is bound to some takes nothing. */
function somewhere(random: Random): TaskOptions {
  if (random.chance(0.15)) return { resources: random.pick(TAKEN) };
  if (random.chance(0.9)) return {};
  const names = [random.pick(WORKER_NAMES), random.pick(WORKER_NAMES)];
  return { workers: random.chance(0.5) ? names : names.slice(1) };
}

/** What each task is given, in blocks; where nothing is given, there may be none. */
function blocksOf(random: Random, tasks: readonly Task[]): (readonly number[])[][] {
  if (random.chance(0.5) && tasks.every(({ inputs }) => inputs.length === 0)) return [];
  const rows = tasks.map(({ inputs }) => inputs);
  const size = random.chance(0.6) ? rows.length : 1 + random.int(rows.length);
  const blocks: (readonly number[])[][] = [];
  for (let at = 0; at < rows.length; at += size) blocks.push(rows.slice(at, at + size));
  return blocks;
}

function each({ first, count }: Range): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function starts(rows: readonly (readonly unknown[])[]): Uint32Array {
  const out = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    out[i + 1] = out[i]! + row.length;
  });
  return out;
}
