/**
 * Makes few files of the library and of each program that a local cluster starts: a process that loads a hundred small files takes twice
 * the time to its first result.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { FROM_SOURCE } from './bundling.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const GUARD = '@taskloom/protocol/node-version';

const LIBRARY = here('dist/library');
const PROCESSES = here('dist/processes');
/** Where the worker of a cluster within one process looks for the program of its threads. */
const WORKER = here('../worker/dist/processes');

const PROGRAMS = [
  {
    input: {
      index: here('src/index.ts'),
      kubernetes: here('src/kubernetes/index.ts'),
      cli: here('src/cli/main.ts'),
    },
    folders: [LIBRARY],
    shared: 'shared-[name].js',
    external: [GUARD],
    // Before all else: an older Node fails at what follows, and does not say why.
    banner: ({ isEntry }) => (isEntry ? `import '${GUARD}';` : ''),
  },
  // Their first file only turns the compile cache on, and so must not be one with what it imports.
  {
    input: { 'scheduler-main': here('src/local/scheduler-main.ts') },
    folders: [PROCESSES],
    shared: 'scheduler-[name].js',
  },
  {
    input: { 'worker-main': here('src/local/worker-main.ts') },
    folders: [PROCESSES],
    shared: 'worker-[name].js',
  },
  {
    input: {
      thread: here('../worker/src/threads/thread.ts'),
      // What sends functions, which a thread loads only to send one (protocol/src/functions/codec.ts); they share a third file.
      'capture/capture': here('../protocol/src/functions/capture/capture.ts'),
    },
    folders: [PROCESSES, WORKER],
    shared: 'thread-[name].js',
  },
];

for (const folder of [LIBRARY, PROCESSES, WORKER]) rmSync(folder, { recursive: true, force: true });
for (const { input, folders, shared, external, banner } of PROGRAMS) {
  const bundle = await rolldown({
    ...FROM_SOURCE,
    input,
    external,
    onLog: (level, log, handle) => handle(level === 'warn' ? 'error' : level, log),
  });
  for (const dir of folders) {
    const files = { entryFileNames: '[name].js', chunkFileNames: shared };
    await bundle.write({ dir, format: 'esm', sourcemap: true, minify: 'dce-only', banner, ...files });
  }
  await bundle.close();
}
