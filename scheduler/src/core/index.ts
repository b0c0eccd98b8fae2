export { type Census, census, stateOf, type WorkerState } from './census.ts';
export { type Counters, counters, targetOf } from './counters.ts';
export { cheapest } from './drain.ts';
export type { BatchColumns, BatchHead, Event } from './events.ts';
export { explain } from './explain.ts';
export { type Config, emptyState, type Fault, type State } from './state.ts';
export { type Command, step, type Writer } from './step.ts';
