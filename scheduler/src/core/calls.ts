/**
 * What batches of one call share, worked out once. A client's door gives the same objects for a call that it has met before, so that
 * they can be known by identity.
 *
 * 1. The codes of a call stay while its client counts on them, or a batch of it is there (codes.ts). Once a client has let go of code, its
 *    door gives new objects for all calls.
 */
import type { Call, CallOrder, FunctionRef } from '@taskloom/protocol';
import { type Code, codesOf } from './codes.ts';
import type { Profile } from './profiles.ts';
import type { State } from './state.ts';

export interface KnownCall extends Call {
  readonly codes: readonly Code[];
  readonly profile: Profile;
  /** As workers are told of it. */
  readonly order: CallOrder;
}

export type Calls = WeakMap<FunctionRef, KnownCall>;

export function callOf(s: State, { fn, options }: Call): KnownCall {
  const known = s.calls.get(fn);
  if (known?.options === options) return known;
  const { timeoutMs, concurrency } = options;
  const order = { fn, ...(timeoutMs && { timeoutMs }), ...(concurrency && { concurrency }) };
  const call = { fn, options, codes: codesOf(s, fn), profile: s.profiles.of(fn), order };
  s.calls.set(fn, call);
  return call;
}
