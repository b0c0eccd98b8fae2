/**
 * Which of the things that are to be told are told, and how: the first at once, the same again as a count, much that is alike as one,
 * more than anybody reads not at all. (As client-go's EventCorrelator; its numbers.)
 */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Note {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** Short, CamelCase, for machines. */
  readonly reason: string;
  /** What the operator did or tried to do, CamelCase. */
  readonly action: string;
  /** For people; cut at 1,024 bytes, which is all that the API takes. */
  readonly note: string;
}

export type Verdict =
  | { readonly tell: 'first'; readonly key: string; readonly note: string }
  | { readonly tell: 'again'; readonly key: string; readonly count: number }
  | { readonly tell: 'nothing' };

/** Beyond this many alike within the window they are told as one. */
const ALIKE = 10;
const WINDOW_MS = 600_000;
/** Of one object: this many at once, then one in this time. */
const BURST = 25;
const REFILL_MS = 300_000;
/** A repetition within this time counts up the event that is there. */
const SERIES_MS = 600_000;

interface Told {
  count: number;
  at: number;
}

interface Kin {
  readonly notes: Set<string>;
  since: number;
}

interface Allowance {
  tokens: number;
  at: number;
}

export class Similar {
  readonly #told = new Map<string, Told>();
  readonly #kin = new Map<string, Kin>();
  readonly #allowances = new Map<string, Allowance>();

  judge({ regarding, type, reason, note }: Note, now: number): Verdict {
    const kind = `${regarding.uid} ${type} ${reason}`;
    const text = this.#combined(kind, note, now);
    const key = text === note ? `${kind} ${note}` : kind;
    const told = this.#told.get(key);
    if (told && now - told.at < SERIES_MS) {
      told.count++;
      told.at = now;
      return { tell: 'again', key, count: told.count };
    }
    if (!this.#allowed(regarding.uid, now)) return { tell: 'nothing' };
    this.#told.set(key, { count: 1, at: now });
    return { tell: 'first', key, note: cut(text) };
  }

  /** Whether a repetition of this would count up what was told. */
  knows(key: string): boolean {
    return this.#told.has(key);
  }

  /** Forgets what is too old to matter. */
  tidy(now: number): void {
    for (const [key, { at }] of this.#told) if (now - at >= SERIES_MS) this.#told.delete(key);
    for (const [key, { since }] of this.#kin) if (now - since >= WINDOW_MS) this.#kin.delete(key);
    for (const [key, { at }] of this.#allowances)
      if (now - at >= REFILL_MS * BURST) this.#allowances.delete(key);
  }

  #combined(kind: string, note: string, now: number): string {
    let kin = this.#kin.get(kind);
    if (!kin || now - kin.since >= WINDOW_MS) {
      kin = { notes: new Set(), since: now };
      this.#kin.set(kind, kin);
    }
    if (kin.notes.has(note) || kin.notes.size < ALIKE) {
      kin.notes.add(note);
      return note;
    }
    return `(combined from similar events): ${note}`;
  }

  #allowed(uid: string, now: number): boolean {
    const known = this.#allowances.get(uid) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, known.tokens + (now - known.at) / REFILL_MS);
    this.#allowances.set(uid, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens >= 1;
  }
}

const NOTE_BYTES = 1_024;

function cut(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= NOTE_BYTES) return note;
  return `${bytes.toString('utf8', 0, NOTE_BYTES - 8).replace(/\uFFFD+$/, '')}…`;
}
