import fc from 'fast-check';
import { expect, it } from 'vitest';
import { check } from './check.ts';
import type { Command, Event } from './events.ts';
import { Phase, phaseOf } from './ledger.ts';
import { newSession, step } from './session.ts';
import { type Watch, watchOf } from './watch.ts';

const TASKS = 2_600;
const SEGMENTS = 13;

/** What somebody may do to a part of the tasks: parts are cut so that pages are met at their edges and in their middle. */
const part = fc
  .tuple(fc.nat(TASKS - 1), fc.integer({ min: 1, max: TASKS / 2 }))
  .map(([first, count]) => ({ first: first + 1, count: Math.min(count, TASKS - first) }));
const deed = fc.oneof(
  fc.record({ does: fc.constantFrom('watch value', 'watch outcome', 'release', 'lose want'), part }),
  fc.record({
    does: fc.constantFrom('results', 'located', 'failed', 'done', 'undone'),
    segment: fc.nat(SEGMENTS - 1),
  }),
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

/**
 * A scheduler that answers in segments of 200 tasks, each of which ends well or not, and never both; a client that watches and
 * releases as chance has it. Every watch must hear of each of its rows once, and of the right end.
 */
class World {
  readonly state = newSession(5_000);
  readonly #told = new Map<Watch, Map<number, string>>();
  readonly #wanted = new Set<number>();
  readonly #released = new Set<number>();
  /** Segments end badly when their number is a multiple of 3. */
  readonly fails = (task: number) => Math.floor((task - 1) / 200) % 3 === 0;

  constructor() {
    this.step({ on: 'minted', first: 1, count: TASKS });
  }

  do(deed: Deed): void {
    if ('segment' in deed) return this.#answer(deed.does, deed.segment * 200 + 1);
    const { first, count } = deed.part;
    if (deed.does === 'release') this.#release(first, count);
    else if (deed.does === 'lose want') this.step({ on: 'fetch-failed', first, count });
    else this.#watch(deed.does === 'watch value' ? 'value' : 'outcome', first, count);
  }

  /** The scheduler answers all that is wanted and ends all that runs. */
  settle(): void {
    for (let first = 1; first <= TASKS; first += 200) {
      const wanted = [...this.#wanted].some((task) => task >= first && task < first + 200);
      this.#answer(this.fails(first) ? 'failed' : wanted ? 'results' : 'done', first);
    }
  }

  expectAllHeard(): void {
    for (const [watch, told] of this.#told) {
      expect(told.size).toBe(watch.count);
      for (const [task, what] of told) {
        if (what === 'miss') expect(this.#released.has(task)).toBe(true);
        else if (watch.wants === 'value') expect(what).toBe(this.fails(task) ? 'fail' : 'deliver');
        else expect(what).toBe('settle');
      }
    }
    expect(this.state.watches.size).toBe(0);
    for (let task = 1; task <= TASKS; task++) {
      expect(phaseOf(this.state.ledger, task) === Phase.none).toBe(this.#released.has(task));
    }
  }

  step(event: Event): void {
    const commands: Command[] = [];
    step(this.state, event, commands);
    check(this.state);
    for (const command of commands) this.#obey(command);
  }

  #watch(wants: Watch['wants'], first: number, count: number): void {
    const watch = watchOf(wants, first, count, {});
    this.#told.set(watch, new Map());
    this.step({ on: 'watched', watch });
  }

  #release(first: number, count: number): void {
    for (let task = first; task < first + count; task++) this.#released.add(task);
    this.step({ on: 'released', first, count });
  }

  #answer(does: Deed['does'], first: number): void {
    const rows = { first: Uint32Array.of(first), count: Uint32Array.of(200) };
    if (this.fails(first)) {
      if (does === 'failed') this.step({ on: 'failed', rows: { ...rows, sections: [new Uint8Array(8)] } });
      return;
    }
    if (does === 'results') this.#bring(first);
    else if (does === 'located') {
      const zero = Uint32Array.of(0);
      this.step({ on: 'located', rows: { ...rows, worker: zero, batch: zero, index: zero, bytes: zero } });
    } else if (does === 'done') this.step({ on: 'done', rows });
    else if (does === 'undone') this.step({ on: 'undone', rows });
  }

  #bring(first: number): void {
    for (let task = first; task < first + 200; task++) this.#wanted.delete(task);
    const rows = {
      first: Uint32Array.of(first),
      count: Uint32Array.of(200),
      sections: [new Uint8Array(1000)],
    };
    this.step({ on: 'results', rows });
  }

  #obey(command: Command): void {
    if (command.do === 'want') {
      for (let at = 0; at < command.count; at++) this.#wanted.add(command.first + at);
    } else if ('watch' in command && 'first' in command) {
      const told = this.#told.get(command.watch)!;
      for (let task = command.first; task < command.first + command.count; task++) {
        expect(told.has(task)).toBe(false);
        expect(task >= command.watch.first && task < command.watch.first + command.watch.count).toBe(true);
        told.set(task, command.do);
      }
    }
  }
}

it('tells every watch the right end of each of its rows, once, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      const world = new World();
      for (const each of deeds) world.do(each);
      world.settle();
      world.settle();
      world.expectAllHeard();
    }),
    { numRuns: 150 },
  );
}, 60_000);
