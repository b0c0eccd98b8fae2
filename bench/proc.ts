// What processes have used, from /proc. Where the system has none, everything here is undefined or empty.
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel's USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat from the state on: the name before them may hold spaces and parentheses. */
function statFields(pid: number | 'self'): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

const sumTicks = (fields: readonly string[], from: number, to: number): number =>
  fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0);

export function residentBytes(pid: number): number | undefined {
  const pages = read(`/proc/${pid}/statm`)?.split(' ')[1];
  return pages === undefined ? undefined : Number(pages) * PAGE_BYTES;
}

/** The most memory the process ever had resident. */
export function peakResidentBytes(pid: number): number | undefined {
  const kib = read(`/proc/${pid}/status`)?.match(/^VmHWM:\s+(\d+) kB$/m)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

export function cpuSeconds(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields && sumTicks(fields, 11, 13) / TICKS_PER_SECOND;
}

/** Processor time of this process and of every descendant that has been waited for. */
export function ownCpuSeconds(): number | undefined {
  const fields = statFields('self');
  return fields && sumTicks(fields, 11, 15) / TICKS_PER_SECOND;
}

/** Processor time that all processes of the machine have used. */
export function machineCpuSeconds(): number | undefined {
  const line = read('/proc/stat')?.split('\n', 1)[0];
  if (line === undefined) return undefined;
  const [user, nice, system, , , irq, softirq] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / TICKS_PER_SECOND;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All descendants of a process, nearest first. */
export function descendants(pid: number): ProcessEntry[] {
  const entries = allProcesses();
  const found: ProcessEntry[] = [];
  const parents = new Set([pid]);
  for (let grew = true; grew; ) {
    const more = entries.filter((each) => parents.has(each.parent) && !parents.has(each.pid));
    for (const each of more) parents.add(each.pid);
    found.push(...more);
    grew = more.length > 0;
  }
  return found;
}

function allProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const pid = Number(name);
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined;
    const command = read(`/proc/${name}/cmdline`)?.replaceAll('\0', ' ').trim() ?? '';
    return fields ? [{ pid, parent: Number(fields[1]), command }] : [];
  });
}
