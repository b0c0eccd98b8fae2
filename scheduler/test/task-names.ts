/** Tasks as tests speak of them: `x` is a task of its own, `f[3]` and `f[0..9]` are tasks of a map, `f` is all of it. */

export interface Tasks {
  readonly client: number;
  readonly batch: number;
  /** Number of the first one, as its client counts. */
  readonly task: number;
  /** Place of the first one in its batch. */
  readonly index: number;
  readonly count: number;
}

interface Known extends Omit<Tasks, 'batch'> {
  readonly name: string;
  /** 0 until the scheduler has given it a number. */
  batch: number;
}

export class TaskNames {
  readonly #byName = new Map<string, Known>();
  readonly #unnumbered: Known[] = [];
  readonly #byBatch = new Map<number, Known>();

  define(name: string, client: number, task: number, count: number): void {
    if (this.#byName.has(name)) throw new Error(`there is a batch ${name} already`);
    const known = { name, client, batch: 0, task, index: 0, count };
    this.#byName.set(name, known);
    this.#unnumbered.push(known);
  }

  /** Learns the numbers of batches that have none yet. */
  number(batchOf: (client: number, task: number) => number | undefined): void {
    for (const known of this.#unnumbered.splice(0)) {
      known.batch = batchOf(known.client, known.task) ?? 0;
      this.#byBatch.set(known.batch, known);
    }
  }

  find(text: string): Tasks {
    const [, name = '', from, to = from] = /^(.*?)(?:\[(\d+)(?:\.\.(\d+))?\])?$/.exec(text) ?? [];
    const known = this.#byName.get(name);
    if (!known) throw new Error(`no batch is called ${name}`);
    if (from === undefined) return known;
    const index = Number(from);
    const count = Number(to) - index + 1;
    if (count < 1 || index + count > known.count) throw new Error(`${name} has no tasks ${text}`);
    return { ...known, task: known.task + index, index, count };
  }

  ofBatch(batch: number, index: number, count: number): string {
    const known = this.#byBatch.get(batch);
    if (!known) throw new Error(`nobody submitted batch ${batch}`);
    return said(known, index, count);
  }

  ofName(name: string): string {
    const { index, count } = this.find(name);
    return said(this.#byName.get(name.replace(/\[.*$/, '')) as Known, index, count);
  }

  /** Tasks that follow each other may be of several batches. */
  ofClient(client: number, task: number, count: number): string {
    for (const known of this.#byName.values()) {
      if (known.client !== client || task < known.task || task >= known.task + known.count) continue;
      const here = Math.min(count, known.task + known.count - task);
      const name = said(known, task - known.task, here);
      return here === count ? name : `${name}, ${this.ofClient(client, task + here, count - here)}`;
    }
    throw new Error(`client ${client} submitted no task ${task}`);
  }
}

function said(known: Known, index: number, count: number): string {
  if (index + count > known.count) throw new Error(`${known.name} has no tasks ${index} + ${count}`);
  if (known.count === 1) return known.name;
  return count === 1 ? `${known.name}[${index}]` : `${known.name}[${index}..${index + count - 1}]`;
}
