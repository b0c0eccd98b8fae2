// The works in the order in which a round does them, and how long each may take. What takes minutes is done once, after all rounds.
import type { Plan } from '../table.ts';

export interface KubernetesPlan extends Plan {
  readonly limitSeconds: number;
}

export const PLANS = {
  ready: { size: 2, limitSeconds: 60 },
  start: { size: 2, limitSeconds: 60 },
  scale: { size: 10, limitSeconds: 90 },
  drift: { size: 2, limitSeconds: 60 },
  map: { size: 50_000, limitSeconds: 60 },
  roundtrip: { size: 1000, limitSeconds: 60 },
  bytes: { size: 100_000_000, limitSeconds: 90 },
  sizes: { size: 1, once: true, limitSeconds: 60 },
  secret: { size: 2, once: true, limitSeconds: 120 },
  /** The size is the idle minutes. */
  fleet: { size: 10, once: true, limitSeconds: 420 },
} as const satisfies Record<string, KubernetesPlan>;

export type Work = keyof typeof PLANS;

export const WORKS = Object.keys(PLANS).filter(isWork);

export function isWork(name: string): name is Work {
  return Object.hasOwn(PLANS, name);
}

export interface Turn {
  readonly work: Work;
  readonly plan: KubernetesPlan;
  readonly round: number;
}

export interface Extent {
  readonly works: readonly Work[];
  readonly repetitions: number;
  readonly idleMinutes: number;
}

/** Rounds of what is cheap, then what is done once, the longest last. */
export function turnsOf({ works, repetitions, idleMinutes }: Extent): Turn[] {
  const turns = works.map((work) => ({ work, plan: planOf(work, idleMinutes), round: 0 }));
  const [once, often] = [turns.filter(({ plan }) => plan.once), turns.filter(({ plan }) => !plan.once)];
  const rounds = Array.from({ length: repetitions }, (_, round) => often.map((turn) => ({ ...turn, round })));
  return [...rounds.flat(), ...once];
}

function planOf(work: Work, idleMinutes: number): KubernetesPlan {
  const plan: KubernetesPlan = PLANS[work];
  if (work !== 'fleet') return plan;
  return { ...plan, size: idleMinutes, limitSeconds: plan.limitSeconds + 60 * idleMinutes };
}
