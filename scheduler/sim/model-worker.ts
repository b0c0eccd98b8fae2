/** What a worker does, as simply as it can be said: the contract that the scheduler counts on, without threads or bytes. */
import type { HotMessage, Keep, Message, MessageOf, Run } from '@taskloom/protocol';
import { ErredWhy } from '@taskloom/protocol';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

interface Input {
  readonly task: number;
  readonly key: string;
  readonly from: number;
  readonly index: number;
  readonly holder: number;
}

/** What the simulation tells a worker of the world: in a real one the arguments and the network do. */
export interface Cluster {
  about(batch: number): { readonly name: string; readonly first: number };
  /** The tasks whose values the arguments of a task name, in order. */
  needs(task: number): readonly number[];
  /** An attempt at a task begins. */
  started(task: string): void;
  /** Reads another worker's store: undefined when it is not there. */
  peek(holder: number, key: string): number | undefined;
}

interface Queued {
  readonly batch: number;
  readonly index: number;
  readonly run: number;
  readonly attempt: number;
  readonly inputs: readonly Input[];
}

type Runs = Readonly<Record<'batch' | 'first' | 'count' | 'run', Uint32Array>>;

const keyOf = (batch: number, index: number) => `${batch}/${index}`;

export class ModelWorker {
  readonly number: number;
  readonly store = new Map<string, number>();
  readonly #cluster: Cluster;
  #queue: Queued[] = [];
  readonly #plan: Plan;
  readonly #send: (message: HotMessage) => void;
  /** It was asked to leave. */
  hasLeft = false;
  /** How often each task was started here, for the test. */
  starts = 0;

  constructor(number: number, plan: Plan, cluster: Cluster, send: (message: HotMessage) => void) {
    this.number = number;
    this.#plan = plan;
    this.#cluster = cluster;
    this.#send = send;
  }

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** The task that runs, for so long. */
  running(ms: number): [number, number, number, number] | undefined {
    const [first] = this.#queue;
    return first && [first.batch, first.index, first.run, ms];
  }

  receive(message: Message): void {
    if (message.op === 'run') this.#run(message);
    else if (message.op === 'drop')
      this.#eachRow(message, (batch, index) => this.store.delete(keyOf(batch, index)));
    else if (message.op === 'stop') this.#stop(message);
    else if (message.op === 'take-back') this.#takeBack(message);
    else if (message.op === 'fetch') this.#fetch(message);
    else if (message.op === 'keep') this.#keep(message);
    else if (message.op === 'leave') this.hasLeft = true;
  }

  #eachRow(
    rows: { batch: Uint32Array; first: Uint32Array; count: Uint32Array },
    visit: (batch: number, index: number, row: number) => void,
  ) {
    for (let i = 0; i < rows.batch.length; i++) {
      for (let k = 0; k < rows.count[i]!; k++) visit(rows.batch[i]!, rows.first[i]! + k, i);
    }
  }

  #run(message: MessageOf<typeof Run>): void {
    this.#eachRow(message, (batch, index, row) => {
      const inputs: Input[] = [];
      for (let i = message.inputStart[row]!; i < message.inputStart[row + 1]!; i++) {
        for (let k = 0; k < message.inputCount[i]!; k++) {
          const from = message.from[i]!;
          const at = message.index[i]! + k;
          inputs.push({
            task: message.task[i]! + k,
            key: keyOf(from, at),
            from,
            index: at,
            holder: message.holder[i]!,
          });
        }
      }
      const needed = this.#cluster.needs(this.#cluster.about(batch).first + index).map((task) => {
        const input = inputs.find((one) => one.task === task);
        if (!input)
          throw new Error(
            `task ${index} of batch ${batch} needs task ${task}, which its order does not name`,
          );
        return input;
      });
      this.#queue.push({
        batch,
        index,
        run: message.run[row]!,
        attempt: message.attempt[row]!,
        inputs: needed,
      });
    });
  }

  #matches(message: Runs) {
    const named = new Set<string>();
    this.#eachRow(message, (batch, index, row) => named.add(`${keyOf(batch, index)}/${message.run[row]}`));
    return ({ batch, index, run }: Queued) => named.has(`${keyOf(batch, index)}/${run}`);
  }

  #stop(message: Runs): void {
    const isNamed = this.#matches(message);
    this.#queue = this.#queue.filter((task) => !isNamed(task));
  }

  #takeBack(message: Runs): void {
    const isNamed = this.#matches(message);
    this.#giveBack(this.#withFollowers(this.#queue.filter((task, place) => place > 0 && isNamed(task))));
  }

  /** Tasks that wait for one of these, here, go along. */
  #withFollowers(gone: Queued[]): Queued[] {
    const all = new Set(gone);
    for (let size = -1; size !== all.size; ) {
      size = all.size;
      const keys = new Set([...all].map(({ batch, index }) => keyOf(batch, index)));
      for (const task of this.#queue)
        if (task.inputs.some(({ key }) => keys.has(key) && !this.store.has(key))) all.add(task);
    }
    return [...all];
  }

  #giveBack(gone: Queued[]): void {
    this.#queue = this.#queue.filter((task) => !gone.includes(task));
    const rows = columns(gone);
    this.#send({ op: 'handed-back', ...rows, sections: [] });
  }

  #fetch(message: { batch: Uint32Array; first: Uint32Array; count: Uint32Array }): void {
    this.#eachRow(message, (batch, index) => {
      const value = this.store.get(keyOf(batch, index));
      const bytes = value === undefined ? new Uint8Array(0) : valueBytes([value]);
      const row = { batch: Uint32Array.of(batch), first: Uint32Array.of(index), count: Uint32Array.of(1) };
      this.#send({ op: 'data', ...row, sections: [bytes] });
    });
  }

  /** One block at a time, as it comes; or not, as networks are. */
  #keep(message: MessageOf<typeof Keep>): void {
    this.#eachRow(message, (batch, index, row) => {
      const holder = message.holder[row]!;
      const key = keyOf(batch, index);
      const value = this.store.get(key) ?? this.#cluster.peek(holder, key);
      const rows = { batch: Uint32Array.of(batch), first: Uint32Array.of(index), count: Uint32Array.of(1) };
      const run = Uint32Array.of(0);
      if (value === undefined) {
        const missing = { from: rows.batch, index: rows.first, holder: Uint32Array.of(holder) };
        return this.#send({ op: 'input-missing', ...rows, run, ...missing, sections: [] });
      }
      this.store.set(key, value);
      const nothing = { micros: run, inline: run, sections: [new Uint8Array(0)] };
      this.#send({ op: 'finished', ...rows, run, bytes: Uint32Array.of(4), ...nothing });
    });
  }

  /** Does one thing, if there is one that can be done. */
  act(random: Random): void {
    const place = this.#queue.findIndex(({ inputs }) =>
      inputs.every(({ holder, key }) => holder !== 0 || this.store.has(key)),
    );
    const task = this.#queue[place];
    if (!task) return this.#complainOfLost();
    const values: number[] = [];
    for (const input of task.inputs) {
      const value =
        input.holder === 0 ? this.store.get(input.key) : this.#cluster.peek(input.holder, input.key);
      if (value === undefined) return this.#inputMissing(task, input);
      values.push(value);
    }
    this.#queue.splice(place, 1);
    this.starts++;
    this.#cluster.started(`${keyOf(task.batch, task.index)}, attempt ${task.attempt}`);
    this.#execute(task, values, random);
  }

  /** A task whose input is neither here nor being made here waits in vain: its maker erred, or its value was dropped. */
  #complainOfLost(): void {
    const made = new Set(this.#queue.map(({ batch, index }) => keyOf(batch, index)));
    for (const task of this.#queue) {
      const lost = task.inputs.find(
        ({ holder, key }) => holder === 0 && !this.store.has(key) && !made.has(key),
      );
      if (lost) return this.#inputMissing(task, lost);
    }
  }

  #inputMissing(task: Queued, input: Input): void {
    const gone = this.#withFollowers([task]);
    this.#queue = this.#queue.filter((other) => !gone.includes(other));
    this.#send({
      op: 'input-missing',
      ...columns([task]),
      from: Uint32Array.of(input.from),
      index: Uint32Array.of(input.index),
      holder: Uint32Array.of(input.holder),
      sections: [],
    });
    this.#giveBack(gone.slice(1));
  }

  #execute(task: Queued, values: number[], random: Random): void {
    const row = columns([task]);
    const { name } = this.#cluster.about(task.batch);
    if (this.#plan.fails(name, task.index, task.attempt)) {
      this.#send({
        op: 'erred',
        ...row,
        why: Uint32Array.of(ErredWhy.threw),
        sections: [Buffer.from(`${name}[${task.index}]`)],
      });
      return this.#giveBack(this.#withFollowers([task]).slice(1));
    }
    const value = this.#plan.value(name, task.index, values);
    this.store.set(keyOf(task.batch, task.index), value);
    const inline = random.chance(0.7);
    const large = this.#plan.isLarge(name);
    this.#send({
      op: 'finished',
      ...row,
      bytes: Uint32Array.of(large ? 1 << 20 : 4),
      micros: Uint32Array.of(random.int(3000)),
      inline: Uint32Array.of(inline && !large ? 1 : 0),
      sections: [inline && !large ? valueBytes([value]) : new Uint8Array(0)],
    });
  }
}

export function valueBytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function columns(tasks: readonly Queued[]) {
  return {
    batch: Uint32Array.from(tasks, ({ batch }) => batch),
    first: Uint32Array.from(tasks, ({ index }) => index),
    count: Uint32Array.from(tasks, () => 1),
    run: Uint32Array.from(tasks, ({ run }) => run),
  };
}
