/** What is counted, as a port of three instruments; the names are those of client-go and controller-runtime, so that their dashboards work. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: Labels, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** The instruments of the runtime. `name` is a queue's or controller's. */
export interface Instruments {
  readonly workqueueDepth: Gauge;
  readonly workqueueAdds: Counter;
  readonly workqueueQueueSeconds: Histogram;
  readonly workqueueWorkSeconds: Histogram;
  readonly workqueueRetries: Counter;
  readonly workqueueUnfinishedSeconds: Gauge;
  readonly workqueueLongestSeconds: Gauge;
  readonly reconciles: Counter;
  readonly reconcileErrors: Counter;
  readonly reconcileSeconds: Histogram;
  readonly activeWorkers: Gauge;
  readonly maxWorkers: Gauge;
  readonly requests: Counter;
  readonly requestSeconds: Histogram;
  readonly leader: Gauge;
  readonly reflectorLists: Counter;
  readonly reflectorWatches: Counter;
  readonly reflectorTroubles: Counter;
  readonly expectationsOverdue: Counter;
}

const nothing = { inc() {}, set() {}, observe() {} };

/** Counts nothing. */
export const noInstruments: Instruments = {
  workqueueDepth: nothing,
  workqueueAdds: nothing,
  workqueueQueueSeconds: nothing,
  workqueueWorkSeconds: nothing,
  workqueueRetries: nothing,
  workqueueUnfinishedSeconds: nothing,
  workqueueLongestSeconds: nothing,
  reconciles: nothing,
  reconcileErrors: nothing,
  reconcileSeconds: nothing,
  activeWorkers: nothing,
  maxWorkers: nothing,
  requests: nothing,
  requestSeconds: nothing,
  leader: nothing,
  reflectorLists: nothing,
  reflectorWatches: nothing,
  reflectorTroubles: nothing,
  expectationsOverdue: nothing,
};
