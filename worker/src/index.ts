export { context, type TaskContext, type TaskLog } from './context.ts';
export { DoorDirectory } from './door/directory.ts';
export { type KeepOptions, KeptWorker } from './keep.ts';
export { PidFile } from './pid-file.ts';
export { settingsFrom } from './settings.ts';
export { RETIRED, type RunningWorker, startWorker, type WorkerOptions } from './start.ts';
