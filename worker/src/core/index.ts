export { check } from './check.ts';
export type { Command, InputSource, ThreadOrder } from './commands.ts';
export type { BatchOrder, Event, EventOf, Report, ReportedBlock, RunColumns, Running } from './events.ts';
export { blockAt } from './results.ts';
export type { ArgBlock, Block, Failure, Fn, Settings, State } from './state.ts';
export { start, step } from './step.ts';
export { hasTasks, wantsTicks } from './threads.ts';
