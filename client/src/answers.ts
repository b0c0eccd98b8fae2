/** Questions to the scheduler that wait for their answer. */
import { type Control, ControlMessage, exceeded, Limits, type Package, packMap } from '@taskloom/protocol';
import { ClientError } from './errors.ts';
import { staying } from './staying.ts';

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Subject {
  readonly task?: number;
  readonly workers?: readonly string[];
  readonly packages?: readonly Package[];
}

export class Answers {
  readonly #asked = new Map<number, Asked>();
  readonly #say: (ask: Control<'ask'>) => void;
  #lastId = 0;
  #lost: Error | undefined;

  constructor(say: (ask: Control<'ask'>) => void) {
    this.#say = say;
  }

  ask(about: Control<'ask'>['about'], { task, workers, packages }: Subject = {}): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lost);
    const id = ++this.#lastId;
    const ask: Control<'ask'> = {
      op: 'ask',
      id,
      about,
      ...(task !== undefined && { task }),
      ...(workers && { workers: [...workers] }),
      ...(packages && { packages: [...packages] }),
    };
    const wrong = wrongWith(ask);
    if (wrong !== undefined) return Promise.reject(new ClientError('bad-option', `${about}: ${wrong}`));
    this.#say(ask);
    return staying(new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject })));
  }

  answered({ id, answer }: Control<'answer'>): void {
    this.#asked.get(id)?.resolve(answer);
    this.#asked.delete(id);
  }

  lose(error: Error): void {
    this.#lost = error;
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}

/** What the scheduler would close the connection for. */
function wrongWith(ask: Control<'ask'>): string | undefined {
  const { length } = packMap(ask);
  if (length > Limits.controlBytes) return exceeded('controlBytes', length).message;
  const issue = ControlMessage.safeParse(ask).error?.issues[0];
  return issue && `${issue.path.join('.')}: ${issue.message}`;
}
