/**
 * Makes one file of each program that a local cluster starts: a process that loads a hundred small files takes twice the time to
 * its first result. What is imported by name (the library itself) stays as the compiler wrote it.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const PROCESSES = here('dist/processes');
/** Where the worker of a cluster within one process looks for the program of its threads. */
const WORKER = here('../worker/dist/processes');

const PROGRAMS = [
  { input: { 'scheduler-main': here('src/local/scheduler-main.ts') }, folders: [PROCESSES], split: false },
  { input: { 'worker-main': here('src/local/worker-main.ts') }, folders: [PROCESSES], split: false },
  {
    input: {
      thread: here('../worker/src/threads/thread.ts'),
      // What sends functions, which a thread loads only to send one (protocol/src/functions/codec.ts); they share a third file.
      'capture/capture': here('../protocol/src/functions/capture/capture.ts'),
    },
    folders: [PROCESSES, WORKER],
    split: true,
  },
];

for (const folder of [PROCESSES, WORKER]) rmSync(folder, { recursive: true, force: true });
for (const { input, folders, split } of PROGRAMS) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    resolve: { conditionNames: ['taskloom-source', 'node', 'import', 'default'] },
    onLog: (level, log, handle) => handle(level === 'warn' ? 'error' : level, log),
  });
  for (const dir of folders) {
    const names = { entryFileNames: '[name].js', chunkFileNames: 'thread-[name].js' };
    await bundle.write({ dir, format: 'esm', sourcemap: true, codeSplitting: split, ...names });
  }
  await bundle.close();
}
