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

interface Known extends Tasks {
  readonly name: string;
}

export class TaskNames {
  readonly #byName = new Map<string, Known>();
  readonly #byBatch = new Map<number, Known>();

  define(name: string, client: number, batch: number, task: number, count: number): void {
    if (this.#byName.has(name)) throw new Error(`there is a batch ${name} already`);
    const known = { name, client, batch, task, index: 0, count };
    this.#byName.set(name, known);
    this.#byBatch.set(batch, known);
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
    if (index + count > known.count) throw new Error(`${known.name} has no tasks ${index} + ${count}`);
    if (known.count === 1) return known.name;
    return count === 1 ? `${known.name}[${index}]` : `${known.name}[${index}..${index + count - 1}]`;
  }

  ofClient(client: number, task: number, count: number): string {
    for (const known of this.#byBatch.values()) {
      if (known.client === client && task >= known.task && task < known.task + known.count)
        return this.ofBatch(known.batch, task - known.task, count);
    }
    throw new Error(`client ${client} submitted no task ${task}`);
  }
}
