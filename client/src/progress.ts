/** How many tasks of each function have ended: a bar on a terminal, plain lines elsewhere. */
import { type Watch, watchOf } from './core/watch.ts';
import { released } from './future.ts';
import type { Session, Told } from './session.ts';
import type { Span } from './watching.ts';

export interface ProgressOptions {
  /** Where it is shown; stderr unless said. */
  readonly stream?: ProgressStream;
}
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How many tasks ended, and how many of them failed. */
export interface Progress {
  readonly ended: number;
  readonly failed: number;
}

interface Line {
  readonly name: string;
  total: number;
  ended: number;
  failed: number;
  /** Tenths shown so far, where lines are printed. */
  shown: number;
}

const BAR = 30;
/** A terminal is redrawn no more often than this. */
const REDRAW_MS = 100;

export function progress<T>(
  spans: readonly Span<T>[],
  session: Session,
  { stream = process.stderr }: ProgressOptions,
): Promise<Progress> {
  const lines = linesOf(spans);
  const show = stream.isTTY ? bars(lines, stream) : steps(lines, stream);
  return new Promise((resolve, reject) => {
    const watches: Watch[] = [];
    let left = spans.reduce((sum, span) => sum + span.count, 0);
    let isOver = false;
    const finish = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      for (const watch of watches) session.unwatch(watch);
      if (error !== undefined) reject(error);
      show.finish();
      const all = [...lines.values()];
      resolve({ ended: sum(all, 'ended'), failed: sum(all, 'failed') });
    };
    const count = (line: Line, told: Told & { first: number; count: number }) => {
      left -= told.count;
      line.ended += told.count;
      if (hasFailed(session, told.first)) line.failed += told.count;
      show.changed(line);
      if (left === 0) finish();
    };
    const hear = (line: Line) => (told: Told) => {
      if (isOver) return;
      if (told.is === 'gave-up') return finish(told.error);
      if (told.is === 'missed') return finish(released(line.name));
      count(line, told);
    };
    if (left === 0) return finish();
    for (const span of spans) {
      const watch = watchOf('outcome', span.first, span.count, hear(lines.get(span.name)!));
      watches.push(watch);
      session.watch(watch);
    }
  });
}

/** Rows told together share their outcome. */
function hasFailed(session: Session, task: number): boolean {
  const status = session.statusOf(task);
  return status === 'failed' || status === 'cancelled';
}

const sum = (lines: readonly Line[], column: 'ended' | 'failed') =>
  lines.reduce((total, line) => total + line[column], 0);

function linesOf<T>(spans: readonly Span<T>[]): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const { name, count } of spans) {
    const line = lines.get(name) ?? { name, total: 0, ended: 0, failed: 0, shown: -1 };
    line.total += count;
    lines.set(name, line);
  }
  return lines;
}

interface Show {
  changed(line: Line): void;
  finish(): void;
}

function textOf({ name, total, ended, failed }: Line): string {
  return `${name}: ${ended}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** A line of its own at each tenth, so that a log stays short. */
function steps(_lines: ReadonlyMap<string, Line>, stream: ProgressStream): Show {
  const changed = (line: Line) => {
    const tenth = Math.floor((line.ended * 10) / line.total);
    if (tenth === line.shown) return;
    line.shown = tenth;
    stream.write(`${textOf(line)}\n`);
  };
  return {
    changed,
    finish: () => {},
  };
}

function bars(lines: ReadonlyMap<string, Line>, stream: ProgressStream): Show {
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    clearTimeout(timer);
    timer = undefined;
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    const rows = [...lines.values()].map((line) => `\x1b[2K${barOf(line)} ${textOf(line)}\n`);
    drawn = rows.length;
    stream.write(up + rows.join(''));
  };
  draw();
  return {
    changed: () => {
      timer ??= setTimeout(draw, REDRAW_MS);
    },
    finish: draw,
  };
}

function barOf({ ended, total }: Line): string {
  const filled = total === 0 ? BAR : Math.floor((ended * BAR) / total);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
}
