// Who is measured on what: works x contenders, with the size that each can bear within the time of a run.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const WORKS = [
  'map',
  'million',
  'roundtrip',
  'chain',
  'tree',
  'fixed',
  'bytes',
  'peer',
  'start',
  'held',
  'closure',
  'core',
] as const;
export type Work = (typeof WORKS)[number];

export interface Plan {
  readonly size: number;
  /** Too long to repeat: measured in the first round only. */
  readonly once?: boolean;
}

export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly language: 'node' | 'python';
  readonly file: string;
  readonly mode: string;
  readonly plans: Readonly<Partial<Record<Work, Plan>>>;
}

const MB_100 = { size: 100_000_000 };
const ONE = { size: 1 };

const everything: Contender['plans'] = {
  map: { size: 50_000 },
  million: { size: 1_000_000 },
  roundtrip: { size: 1000 },
  chain: { size: 1000 },
  tree: { size: 8192 },
  fixed: { size: 2000 },
  bytes: MB_100,
  peer: MB_100,
  start: ONE,
  held: { size: 100_000 },
  closure: { size: 200 },
};

const inOneProcess: Contender['plans'] = without(everything, 'million', 'peer', 'held', 'closure');

/** Ten to a hundred times slower: smaller sizes, at which Dask's own rates are higher, not lower. */
const slow: Contender['plans'] = {
  map: { size: 10_000 },
  roundtrip: { size: 200 },
  chain: { size: 200 },
  tree: { size: 4096 },
  fixed: { size: 2000 },
  bytes: MB_100,
  peer: MB_100,
  held: { size: 10_000 },
  closure: { size: 50 },
};

const slowest: Contender['plans'] = {
  map: { size: 2000 },
  roundtrip: { size: 200 },
  chain: { size: 100 },
  tree: { size: 512 },
  fixed: { size: 1000 },
  bytes: MB_100,
  peer: MB_100,
  start: ONE,
};

const pool: Contender['plans'] = {
  map: { size: 50_000 },
  roundtrip: { size: 1000 },
  fixed: { size: 2000 },
  start: ONE,
};

function without(plans: Contender['plans'], ...works: readonly Work[]): Contender['plans'] {
  return Object.fromEntries(Object.entries(plans).filter(([work]) => works.every((each) => each !== work)));
}

const node = (
  name: string,
  title: string,
  file: string,
  mode: string,
  plans: Contender['plans'],
): Contender => ({
  name,
  title,
  language: 'node',
  file: fileURLToPath(new URL(file, import.meta.url)),
  mode,
  plans,
});

const python = (
  name: string,
  title: string,
  file: string,
  mode: string,
  plans: Contender['plans'],
): Contender => ({
  ...node(name, title, `./contenders/python/${file}`, mode, plans),
  language: 'python',
});

export const CONTENDERS: readonly Contender[] = [
  node('taskloom', 'Taskloom, processes, 1 x 2', './contenders/taskloom.ts', 'processes', everything),
  node(
    'taskloom-inprocess',
    'Taskloom, in-process, 1 x 2',
    './contenders/taskloom.ts',
    'in-process',
    inOneProcess,
  ),
  python('frisky', 'Frisky, processes, 1 x 2', 'frisky_contender.py', 'processes', {
    ...everything,
    million: { size: 1_000_000, once: true },
    roundtrip: { size: 500 },
  }),
  python('frisky-inprocess', 'Frisky, in-process, 1 x 2', 'frisky_contender.py', 'in-process', {
    ...inOneProcess,
    roundtrip: { size: 500 },
  }),
  python('dask-tuned', 'Dask, tuned, 2 x 8', 'dask_contender.py', 'tuned', slow),
  python('dask', 'Dask, default', 'dask_contender.py', 'default', slowest),
  node('piscina', 'piscina, 2 threads', './contenders/piscina.ts', 'default', pool),
  node('piscina-8', 'piscina, 2 threads, 8 at once', './contenders/piscina.ts', 'concurrent', pool),
  node('bare', 'bare machine', './contenders/bare.ts', 'bare', { fixed: { size: 2000 }, bytes: MB_100 }),
  ...scheduler(),
];

/** The scheduler's own benchmark, where it exists: it speaks the same lines. */
function scheduler(): Contender[] {
  const core = node('core', 'scheduler core alone', './scheduler-core.ts', 'core', {
    core: { size: 100_000 },
  });
  return existsSync(core.file) ? [core] : [];
}
