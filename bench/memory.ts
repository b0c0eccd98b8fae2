// The host of a virtual machine backs a page when the machine touches it, and takes it away again some seconds after it became free
// (free page reporting). 100 MB of pages without backing took 250 ms where others took 50, so what is measured with large values would
// mostly be whose turn it was. Memory is touched right before each such measurement instead, when the contender asks for it.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a measurement with 100 MB needs, several times. */
const MEASUREMENT_BYTES = 6e8;

/** Linux takes the two from different lists of free memory. Which one a process gets, its C library asks for. */
const KINDS = { pages: '', hugePages: 'glibc.malloc.hugetlb=1' } as const;

/** Touches so many bytes of free memory of each kind and gives them back. Answers how many there were to spare. */
export async function touchMemory(bytes = MEASUREMENT_BYTES): Promise<number> {
  const touched = await Promise.all(Object.values(KINDS).map((tunables) => touch(bytes, tunables)));
  return touched.reduce((sum, each) => sum + each);
}

async function touch(bytes: number, tunables: string): Promise<number> {
  const env = { ...process.env, GLIBC_TUNABLES: tunables };
  const child = fork(new URL('./touch_memory.ts', import.meta.url), [String(bytes)], { env });
  let touched = 0;
  child.on('message', (answer) => {
    touched = Number(answer);
  });
  await once(child, 'exit');
  return touched;
}
