/** What people import. */
// First the guard: an older Node fails at something else, and does not say why.
import '@taskloom/protocol/node-version';

export { context, type TaskContext, type TaskLog } from '@taskloom/worker';
export { AsCompleted } from './as-completed.ts';
export { Client } from './client.ts';
export type { ConnectOptions } from './connect.ts';
export { type ClientCode, ClientError, type TaskFailure } from './errors.ts';
export { fromModule } from './from-module.ts';
export { Future, type FutureStatus } from './future.ts';
export { FutureList } from './future-list.ts';
export { LocalCluster } from './local/local-cluster.ts';
export type { LocalClusterOptions } from './local/options.ts';
export type { LocalWorker } from './local/parts.ts';
export type { SubmitOptions } from './options.ts';
export type { Output, TaskOutput } from './output.ts';
export type { Progress, ProgressOptions } from './progress.ts';
export type { ScatterOptions } from './scatter.ts';
export type { FuturesOr, Gathered, GatheredBy, OnErrors, OrFuture, Skipping } from './types.ts';
export type { Waited, WaitOptions } from './wait.ts';
export type { Futures, ValueIn } from './watching.ts';
