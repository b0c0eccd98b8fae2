export { settingsFrom } from './settings.ts';
export { type RunningScheduler, type SchedulerOptions, startScheduler } from './start.ts';
