/**
 * The worker as arithmetic: events in, commands out. The state is changed in place.
 *
 * 1. Every event has its row in the table.
 * 2. Threads are fed at the end of each step, and everything to be told leaves in one message of each kind.
 */
import type { Command } from './commands.ts';
import type { Event, EventOf } from './events.ts';
import { feed } from './feed.ts';
import { launch } from './fetching.ts';
import { onFetched, onFetchFailed, onKeep, onPut } from './on-peer.ts';
import { onRecall } from './on-recall.ts';
import { onRun } from './on-run.ts';
import { onDrop, onFetch, onLeave, onRetire } from './on-store.ts';
import {
  onThreadExited,
  onThreadReported,
  onThreadStarted,
  onThreadWithdrawn,
  onTicked,
} from './on-thread.ts';
import { onWrote } from './output.ts';
import { evictCopies, forgetIfEmpty } from './results.ts';
import { createState, type Settings, type State } from './state.ts';
import { startThread } from './threads.ts';
import { Turn } from './turn.ts';

type Handlers = { [On in Event['on']]: (turn: Turn, event: EventOf<On>) => void };

const handlers: Handlers = {
  run: onRun,
  'take-back': onRecall,
  stop: onRecall,
  drop: onDrop,
  fetch: onFetch,
  keep: onKeep,
  retire: onRetire,
  leave: onLeave,
  'thread-started': onThreadStarted,
  'thread-reported': onThreadReported,
  'thread-withdrawn': onThreadWithdrawn,
  'thread-exited': onThreadExited,
  fetched: onFetched,
  'fetch-failed': onFetchFailed,
  put: onPut,
  wrote: onWrote,
  ticked: onTicked,
};

/** A worker that starts its threads. */
export function start(settings: Settings, out: Command[]): State {
  const state = createState(settings);
  const turn = new Turn(state, out);
  for (let i = 0; i < settings.threads; i++) startThread(turn);
  return state;
}

export function step(state: State, event: Event, out: Command[]): void {
  state.now = event.now;
  const turn = new Turn(state, out);
  (handlers[event.on] as (turn: Turn, event: Event) => void)(turn, event);
  feed(turn);
  launch(turn);
  evictCopies(turn);
  for (const batch of turn.emptied) forgetIfEmpty(state, batch);
  turn.close();
  if (state.leaving && idle(state)) out.push({ do: 'leave' });
}

function idle({ pieces, threads }: State): boolean {
  if (pieces.size > 0) return false;
  for (const { tasks } of threads.values()) if (tasks > 0) return false;
  return true;
}
