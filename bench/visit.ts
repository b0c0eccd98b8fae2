// One visit to a contender: a fresh process that does one work, says its figures and goes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Line, parseLine } from './line.ts';
import { touchMemory } from './memory.ts';
import { foreignCoresDuring } from './quiet.ts';
import type { Contender, Plan, Work } from './table.ts';

export interface Visit<W extends string = Work> {
  readonly contender: Contender;
  readonly work: W;
  readonly plan: Plan;
}

export interface Report {
  readonly lines: readonly Line[];
  /** Cores that strangers used meanwhile; undefined where the system does not tell. */
  readonly foreignCores: number | undefined;
  readonly seconds: number;
  /** Why the contender did not finish; its figures until then stand. */
  readonly failure?: string;
}

const STDERR_TAIL_CHARACTERS = 4000;

export async function visit(what: Visit<string>, python: string, limitMs: number): Promise<Report> {
  const began = performance.now();
  const { answer, foreign } = await foreignCoresDuring(() => converse(what, python, limitMs));
  return { ...answer, foreignCores: foreign, seconds: (performance.now() - began) / 1000 };
}

async function converse(
  what: Visit<string>,
  python: string,
  limitMs: number,
): Promise<Pick<Report, 'lines' | 'failure'>> {
  const child = start(what, python);
  const stop = () => endGroup(child);
  process.once('exit', stop);
  const lines: Line[] = [];
  let complaint = '';
  let late = false;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseLine(text);
    if (line?.kind === 'wants-memory') void touchMemory().then(() => child.stdin.write('\n'));
    else if (line) lines.push(line);
  });
  // It may be gone before it has its answer; how it ended is told below.
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-STDERR_TAIL_CHARACTERS);
  });
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, limitMs);
  // A worker that outlived its contender would hold the pipe open, and with it the end.
  child.once('exit', stop);
  const end = await ended(child);
  clearTimeout(timer);
  process.off('exit', stop);
  if (late) return { lines, failure: `did not finish within ${limitMs / 1000} s` };
  return end === 0 ? { lines } : { lines, failure: `ended with ${end}: ${cause(complaint)}` };
}

/** The exit code, the signal, or why it could not be started. */
async function ended(child: ChildProcess): Promise<number | string> {
  try {
    const [code, signal] = await once(child, 'close');
    return signal ?? code;
  } catch (error) {
    return String(error);
  }
}

/** The last line that names an error, as Node's and Python's tracebacks do; else the last line there is. */
export function cause(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    lines.findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  );
}

function start({ contender, work, plan }: Visit<string>, python: string) {
  const command = contender.language === 'python' ? python : process.execPath;
  const options = ['--mode', contender.mode, '--work', work, '--size', String(plan.size)];
  return spawn(command, [contender.file, ...options], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
}

/** The contender leads a group of its own, so that what it started ends with it. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left: that is the wish.
  }
}
