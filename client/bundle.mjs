/**
 * Makes one file of each program that a local cluster starts: a process that loads a hundred small files takes twice the time to
 * its first result. What is imported by name (the library itself) stays as the compiler wrote it.
 */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const PROGRAMS = [
  { input: 'src/local/scheduler-main.ts', outputs: ['dist/processes/scheduler-main.js'] },
  { input: 'src/local/worker-main.ts', outputs: ['dist/processes/worker-main.js'] },
  // Beside the worker's process, and where the worker of a cluster within one process looks for it.
  {
    input: '../worker/src/threads/thread.ts',
    outputs: ['dist/processes/thread.js', '../worker/dist/processes/thread.js'],
  },
];

for (const { input, outputs } of PROGRAMS) {
  const bundle = await rolldown({
    input: here(input),
    platform: 'node',
    resolve: { conditionNames: ['taskloom-source', 'node', 'import', 'default'] },
    onLog: (level, log, handle) => handle(level === 'warn' ? 'error' : level, log),
  });
  for (const file of outputs)
    await bundle.write({ file: here(file), format: 'esm', codeSplitting: false, sourcemap: true });
  await bundle.close();
}
