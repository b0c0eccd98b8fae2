/**
 * Between a hot message and the list of its columns, by two functions that are made from text for each kind of message. One
 * function for all kinds would fill and read the fields by name: then V8 makes dictionaries of the wide messages, and each access
 * is a search. So it is done only where no code may be made from text (`--disallow-code-generation-from-strings`).
 */

interface Message {
  op: string;
  sections: readonly Uint8Array[];
  [column: string]: unknown;
}
type Columns = readonly Uint32Array[];

export class Form {
  readonly #op: string;
  readonly #names: readonly string[];
  #assemble: ((columns: Columns, sections: readonly Uint8Array[]) => Message) | undefined;
  #list: ((message: Message) => Columns) | undefined;

  /** The names are ours, never a peer's. */
  constructor(op: string, names: readonly string[]) {
    this.#op = op;
    this.#names = names;
  }

  message(columns: Columns, sections: readonly Uint8Array[]): Message {
    this.#assemble ??= this.#made(['columns', 'sections'], this.#literal()) ?? this.#assembleByName;
    return this.#assemble(columns, sections);
  }

  columns(message: Message): Columns {
    this.#list ??=
      this.#made(['message'], `[${this.#names.map((name) => `message.${name}`)}]`) ?? this.#listByName;
    return this.#list(message);
  }

  #literal(): string {
    const fields = this.#names.map((name, i) => `, ${name}: columns[${i}]`);
    return `({ op: '${this.#op}', sections${fields.join('')} })`;
  }

  #made<F>(parameters: string[], expression: string): F | undefined {
    try {
      return new Function(...parameters, `return ${expression}`) as F;
    } catch (error) {
      if (error instanceof EvalError) return undefined;
      throw error;
    }
  }

  #assembleByName = (columns: Columns, sections: readonly Uint8Array[]): Message => {
    const message: Message = { op: this.#op, sections };
    this.#names.forEach((name, i) => {
      message[name] = columns[i];
    });
    return message;
  };

  #listByName = (message: Message): Columns => this.#names.map((name) => message[name] as Uint32Array);
}
