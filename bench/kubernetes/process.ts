// One work in this process: `--mode kubernetes --work W --size N`. Modules are loaded by the work that needs them, since in `start` loading counts.
import { about, question, workOf } from '../contenders/speak.ts';

const WORKS: Readonly<Record<string, () => Promise<(size: number) => Promise<void>>>> = {
  ready: async () => (await import('./ready.ts')).ready,
  start: async () => (await import('./start.ts')).start,
  scale: async () => (await import('./scale.ts')).scale,
  drift: async () => (await import('./drift.ts')).drift,
  secret: async () => (await import('./drift.ts')).secret,
  map: async () => (await import('./forwarded.ts')).forwarded('map'),
  roundtrip: async () => (await import('./forwarded.ts')).forwarded('roundtrip'),
  bytes: async () => (await import('./forwarded.ts')).forwarded('bytes'),
  sizes: async () => (await import('./sizes.ts')).sizes,
  fleet: async () => (await import('./fleet.ts')).fleet,
};

const { work, size } = question();
about({ taskloom: '0.1.0', node: process.versions.node });
const run = await workOf(WORKS, work)();
await run(size);
