/** How many tasks of each function have ended: a bar on a terminal, plain lines elsewhere. */
import { type Watch, watchOf } from './core/watch.ts';
import { released } from './future.ts';
import { type ProgressStream, terminalOf } from './progress-terminal.ts';
import { writeQuietly } from './quiet-write.ts';
import { given, onlyOptions, refuse } from './said.ts';
import type { Session, Told } from './session.ts';
import type { Span } from './watching.ts';

export type { ProgressStream } from './progress-terminal.ts';

/** How progress is shown. */
export interface ProgressOptions {
  /** Where it is shown; stderr unless said. */
  readonly stream?: ProgressStream | undefined;
}

/** How many tasks ended, and how many of them failed or were cancelled. */
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
type Lines = ReadonlyMap<string, Line>;

interface Show {
  changed(line: Line): void;
  finish(): void;
}

const BAR = 30;
const nobodyListens = () => {};

export function progress<T>(
  spans: readonly Span<T>[],
  session: Session,
  options: ProgressOptions,
): Promise<Progress> {
  const { stream = process.stderr } = onlyOptions(options, ['stream'], '{ stream: process.stdout }');
  if (typeof stream?.write !== 'function')
    refuse(`stream must have a method write, as process.stderr, got ${given(stream)}`);
  const lines = linesOf(spans);
  const show = stream.isTTY ? bars(lines, stream) : steps(stream);
  const all = counted(spans, session, lines, show);
  // Many only look at it: what it would reject with is met where values are awaited.
  all.catch(nobodyListens);
  return all;
}

function counted<T>(
  spans: readonly Span<T>[],
  session: Session,
  lines: Lines,
  show: Show,
): Promise<Progress> {
  return new Promise((resolve, reject) => {
    let left = spans.reduce((total, { count }) => total + count, 0);
    let isOver = false;
    const watches: Watch[] = [];
    const finish = (error?: Error) => {
      isOver = true;
      for (const watch of watches) session.unwatch(watch);
      show.finish();
      if (error) reject(error);
      else resolve({ ended: sum(lines, 'ended'), failed: sum(lines, 'failed') });
    };
    const hear = (name: string, told: Told) => {
      if (isOver) return;
      if (told.is === 'gave-up') return finish(told.error);
      if (told.is === 'missed') return finish(released(name));
      left -= told.count;
      const line = lines.get(name) as Line;
      line.ended += told.count;
      if (hasFailed(session, told.first)) line.failed += told.count;
      show.changed(line);
      if (left === 0) finish();
    };
    if (left === 0) return finish();
    for (const { name, first, count } of spans) {
      if (isOver) return;
      const watch = watchOf('outcome', first, count, (told: Told) => hear(name, told));
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

const sum = (lines: Lines, column: 'ended' | 'failed') =>
  [...lines.values()].reduce((total, line) => total + line[column], 0);

function linesOf<T>(spans: readonly Span<T>[]): Lines {
  const lines = new Map<string, Line>();
  for (const { name, count } of spans) {
    const line = lines.get(name) ?? { name, total: 0, ended: 0, failed: 0, shown: -1 };
    line.total += count;
    lines.set(name, line);
  }
  return lines;
}

/** In one row, whatever the function is called. */
function textOf({ name, total, ended, failed }: Line): string {
  return `${name.replaceAll(/\p{Cc}/gu, ' ')}: ${ended}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** A line of its own at each tenth, so that a log stays short. */
function steps(stream: ProgressStream): Show {
  const changed = (line: Line) => {
    const tenth = Math.floor((line.ended * 10) / line.total);
    if (tenth === line.shown) return;
    line.shown = tenth;
    writeQuietly(stream, `${textOf(line)}\n`);
  };
  return { changed, finish: () => {} };
}

function bars(lines: Lines, stream: ProgressStream): Show {
  const terminal = terminalOf(stream);
  const rows = () => [...lines.values()].map((line) => `${barOf(line)} ${textOf(line)}`);
  terminal.show(rows);
  return { changed: () => terminal.changed(), finish: () => terminal.leave(rows) };
}

function barOf({ ended, total }: Line): string {
  const filled = total === 0 ? BAR : Math.floor((ended * BAR) / total);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
}
