export type * from './pod.ts';
export type * from './scheduler.ts';
export type * from './types.ts';
