// The host of a virtual machine backs a page when the machine touches it, and takes it away again some seconds after it became free
// (free page reporting). 100 MB of pages without backing took 250 ms where others took 50, so what is measured with large values would
// mostly be whose turn it was. Memory is touched right before everybody's turn instead.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a visit with 100 MB needs, several times. */
const VISIT_BYTES = 2e9;

/** Touches so many bytes of free memory and gives them back. Answers how many there were to spare. */
export async function touchMemory(bytes = VISIT_BYTES): Promise<number> {
  const child = fork(new URL('./touch_memory.ts', import.meta.url), [String(bytes)]);
  let touched = 0;
  child.on('message', (answer) => {
    touched = Number(answer);
  });
  await once(child, 'exit');
  return touched;
}
