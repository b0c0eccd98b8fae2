/** What can happen to the scheduler. Times and numbers come in with it. */
import type {
  Call, Cancel, Data, Erred, Finished, HandedBack, InputMissing, MessageOf, Release, Scatter, ScatterHead, Submit, Want,
} from '@taskloom/protocol'; // biome-ignore format: a list of names

import type { Running } from './overdue.ts';

/** A call over tasks `first` to `first` + `count`. Those of the same call share its objects. */
export interface BatchHead extends Call {
  readonly first: number;
  readonly count: number;
}
/** What its tasks are given and need. */
export type BatchColumns = Omit<MessageOf<typeof Submit>, 'first' | 'count'>;

interface FromClient {
  readonly client: number;
}
interface FromWorker {
  readonly worker: number;
}

export type Event =
  | ({ readonly on: 'client-joined' } & FromClient)
  | ({ readonly on: 'client-left' } & FromClient)
  /** Its connection was cut off and may come back, or came back. */
  | ({ readonly on: 'client-cut-off' | 'client-came-back' } & FromClient)
  /** Its connection has credit again, or none any more. */
  | ({ readonly on: 'credit-changed'; readonly writable: boolean } & FromClient)
  | ({
      readonly on: 'submitted';
      readonly head: BatchHead;
      readonly message: BatchColumns;
    } & FromClient)
  | ({
      readonly on: 'scattered';
      readonly head: ScatterHead;
      readonly message: MessageOf<typeof Scatter>;
    } & FromClient)
  | ({ readonly on: 'wanted'; readonly message: MessageOf<typeof Want> } & FromClient)
  | ({ readonly on: 'released'; readonly message: MessageOf<typeof Release> } & FromClient)
  | ({ readonly on: 'cancelled'; readonly message: MessageOf<typeof Cancel> } & FromClient)
  | ({ readonly on: 'code-came'; readonly hash: string; readonly bytes: Uint8Array } & FromClient)
  /** It sends it again before it names it again. */
  | ({ readonly on: 'code-let-go'; readonly hash: string } & FromClient)
  | ({
      readonly on: 'worker-joined';
      readonly name: string;
      readonly address: string;
      readonly threads: number;
      /** 1 unless said. */
      readonly concurrency?: number | undefined;
      readonly resources: Readonly<Record<string, number>>;
      readonly group?: string | undefined;
    } & FromWorker)
  /** It is to be drained and leave. */
  | ({ readonly on: 'worker-retiring' } & FromWorker)
  | ({ readonly on: 'worker-lost'; readonly reason: string } & FromWorker)
  /** Its connection has credit again, or none any more. */
  | ({ readonly on: 'worker-credit-changed'; readonly writable: boolean } & FromWorker)
  | ({ readonly on: 'heartbeat-came'; readonly running: readonly Running[] } & FromWorker)
  | ({ readonly on: 'finished'; readonly message: MessageOf<typeof Finished> } & FromWorker)
  | ({ readonly on: 'erred'; readonly message: MessageOf<typeof Erred> } & FromWorker)
  | ({ readonly on: 'handed-back'; readonly message: MessageOf<typeof HandedBack> } & FromWorker)
  | ({ readonly on: 'input-missing'; readonly message: MessageOf<typeof InputMissing> } & FromWorker)
  | ({ readonly on: 'data-came'; readonly message: MessageOf<typeof Data> } & FromWorker)
  | { readonly on: 'ticked' };

export type EventOf<On extends Event['on']> = Extract<Event, { on: On }>;
