/**
 * A stochastic Ross-Macdonald model of malaria, day by day, person by person, mosquito by mosquito.
 *
 * The equations are those of Smith, Battle, Hay, Barker, Scott and McKenzie, "Ross, Macdonald, and a Theory for the Dynamics and
 * Control of Mosquito-Transmitted Pathogens", PLoS Pathogens 8(4), 2012, e1002588: with x the share of people and z the share of
 * mosquitoes that are infectious,
 *
 *   dx/dt = m a b z (1 - x) - r x          dz/dt = a c x (exp(-g n) - z) - g z          R0 = m a^2 b c exp(-g n) / (r g)
 *
 * Here each rate is a daily probability of 1 - exp(-rate) for everyone alone.
 */
import { randomStream } from '../random.ts';

export interface Biology {
  /** Bites of a mosquito on people, a day. */
  readonly a: number;
  /** Chance that an infectious bite infects a person. */
  readonly b: number;
  /** Chance that a bite on an infectious person infects the mosquito. */
  readonly c: number;
  /** Deaths of a mosquito, a day. */
  readonly g: number;
  /** Days from infection of a mosquito until it is infectious. */
  readonly n: number;
  /** Recoveries of a person, a day. */
  readonly r: number;
}

/** In the range that field studies give; infections last 100 days on average. */
export const BIOLOGY: Biology = { a: 0.3, b: 0.5, c: 0.5, g: 0.12, n: 10, r: 0.01 };

/** Infections that follow from one among people who have none. `m`: mosquitoes a person. */
export function reproduction(m: number, { a, b, c, g, n, r }: Biology): number {
  return (m * a * a * b * c * Math.exp(-g * n)) / (r * g);
}

/** Where the equations come to rest: dx/dt = dz/dt = 0. */
export function equilibrium(m: number, biology: Biology): number {
  const r0 = reproduction(m, biology);
  return Math.max(0, (r0 - 1) / (r0 + (biology.a * biology.c) / biology.g));
}

export interface Parameter {
  /** Mosquitoes a person. */
  readonly m: number;
  readonly replicate: number;
}

const PEOPLE = 1_000;
const DAYS = 5 * 365;
/** The last year is what is observed. */
const OBSERVED_DAYS = 365;
const SEED = 1897;

/** The mean share of infectious people in the last year. */
export function costlySimulation({ m, replicate }: Parameter): number {
  const { a, b, c, g, n, r } = BIOLOGY;
  const random = randomStream(SEED + replicate, Math.round(m * 1e6));
  const infected = new Uint8Array(PEOPLE).fill(1, 0, PEOPLE / 5);
  /** 0: healthy; 1 to n: which day of its infection it is, after the n-th of which it is infectious. */
  const age = new Uint8Array(Math.round(m * PEOPLE));
  const dies = 1 - Math.exp(-g);
  const recovers = 1 - Math.exp(-r);
  let sick = PEOPLE / 5;
  let observed = 0;
  for (let day = 0; day < DAYS; day++) {
    const caught = 1 - Math.exp(-a * c * (sick / PEOPLE));
    let infectious = 0;
    for (let i = 0; i < age.length; i++) {
      const days = age[i]!;
      if (random() < dies) age[i] = 0;
      else if (days >= n) infectious++;
      else if (days > 0) age[i] = days + 1;
      else if (random() < caught) age[i] = 1;
    }
    const bitten = 1 - Math.exp((-a * b * infectious) / PEOPLE);
    for (let i = 0; i < PEOPLE; i++) {
      const chance = infected[i] === 1 ? recovers : bitten;
      if (random() >= chance) continue;
      infected[i]! ^= 1;
      sick += infected[i] === 1 ? 1 : -1;
    }
    if (day >= DAYS - OBSERVED_DAYS) observed += sick;
  }
  return observed / OBSERVED_DAYS / PEOPLE;
}
