/** Waiting for tasks to end, without their values. */
import { type Watch, watchOf } from './core/watch.ts';
import { type Future, released } from './future.ts';
import { checkTimeout, given, onlyOptions, refuse } from './said.ts';
import type { Session, Told } from './session.ts';
import { FOREVER_MS } from './staying.ts';
import { type Futures, type Span, spansOf } from './watching.ts';

/** What is waited for, and how long. */
export interface WaitOptions {
  /** `all` (unless said otherwise): until every task has ended. `first`: until one has. */
  readonly until?: 'all' | 'first' | undefined;
  /** Milliseconds, forever unless said: resolves then, with what has ended and what has not. */
  readonly timeoutMs?: number | undefined;
}

/** Ended well or not, and not ended. Futures of a map are made when these are read. */
export interface Waited<T> {
  readonly done: Future<T>[];
  readonly notDone: Future<T>[];
}

export function wait<T>(session: Session, futures: Futures<T>, options: WaitOptions): Promise<Waited<T>> {
  const spans = spansOf(session, futures);
  return new Promise((resolve, reject) => {
    let left = options.until === 'first' ? 1 : spans.reduce((sum, span) => sum + span.count, 0);
    const watches: Watch[] = [];
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const finish = (error?: Error) => {
      isOver = true;
      clearTimeout(timer);
      for (const watch of watches) session.unwatch(watch);
      if (error) reject(error);
      else resolve(waited(session, spans));
    };
    const hear = (span: Span<T>) => (told: Told) => {
      if (told.is === 'gave-up') return finish(told.error);
      if (told.is === 'missed') return finish(released(span.name));
      left -= told.count;
      if (left <= 0) finish();
    };
    if (left === 0 || spans.length === 0) return finish();
    if (options.timeoutMs !== undefined) timer = setTimeout(finish, Math.min(options.timeoutMs, FOREVER_MS));
    for (const span of spans) {
      // One that had ended before is heard of at once.
      if (isOver) return;
      const watch = watchOf('outcome', span.first, span.count, hear(span));
      watches.push(watch);
      session.watch(watch);
    }
  });
}

function waited<T>(session: Session, spans: readonly Span<T>[]): Waited<T> {
  const select = (ended: boolean) =>
    spans.flatMap((span) => {
      const found: Future<T>[] = [];
      for (let offset = 0; offset < span.count; offset++) {
        const status = session.statusOf(span.first + offset);
        if ((status !== 'pending' && status !== 'lost') === ended) found.push(span.futureAt(offset));
      }
      return found;
    });
  return {
    get done() {
      return select(true);
    },
    get notDone() {
      return select(false);
    },
  };
}

/** Throws on what cannot be meant. */
export function checkWait(options: WaitOptions): WaitOptions {
  const example = "{ until: 'first' }";
  const { until = 'all', timeoutMs } = onlyOptions(options, ['until', 'timeoutMs'], example);
  if (until !== 'all' && until !== 'first') refuse(`until must be 'all' or 'first', got ${given(until)}`);
  checkTimeout(timeoutMs);
  return options;
}
