import { describe, expect, it } from 'vitest';
import { check } from './check.ts';
import type { Command, Event } from './events.ts';
import { Phase, phaseOf } from './ledger.ts';
import { newSession, step } from './session.ts';
import { type Watch, watchOf } from './watch.ts';

const bytes = (length = 4) => new Uint8Array(length);
const column = (...entries: number[]) => Uint32Array.from(entries);

/** A session that is told things in domain words; `expect` compares all commands since the last time. */
function scenario(keepBytes = 1000) {
  const state = newSession(keepBytes);
  let out: Command[] = [];
  const names = new Map<Watch, string>();
  const tell = (event: Event) => {
    step(state, event, out);
    check(state);
    return api;
  };
  const wordsOf = (command: Command): string => {
    const rows = 'first' in command ? ` ${command.first}+${command.count}` : '';
    const who = 'watch' in command ? ` ${names.get(command.watch)}` : '';
    return `${command.do}${who}${rows}`;
  };
  const api = {
    state,
    watches: new Map<string, Watch>(),
    minted: (first: number, count: number) => tell({ on: 'minted', first, count }),
    released: (first: number, count = 1) => tell({ on: 'released', first, count }),
    watched: (name: string, wants: Watch['wants'], first: number, count = 1) => {
      const watch = watchOf(wants, first, count, {});
      names.set(watch, name);
      api.watches.set(name, watch);
      return tell({ on: 'watched', watch });
    },
    unwatched: (name: string) => tell({ on: 'unwatched', watch: api.watches.get(name)! }),
    done: (first: number, count = 1) =>
      tell({ on: 'done', rows: { first: column(first), count: column(count) } }),
    undone: (first: number, count = 1) =>
      tell({ on: 'undone', rows: { first: column(first), count: column(count) } }),
    results: (first: number, count = 1, size = 4) =>
      tell({ on: 'results', rows: { first: column(first), count: column(count), sections: [bytes(size)] } }),
    failed: (first: number, count = 1) =>
      tell({ on: 'failed', rows: { first: column(first), count: column(count), sections: [bytes()] } }),
    located: (task: number) =>
      tell({
        on: 'located',
        rows: {
          first: column(task), count: column(1), worker: column(7), batch: column(1), index: column(0), bytes: column(99),
        },
      }), // biome-ignore format: one row
    fetched: (first: number, count = 1) => tell({ on: 'fetched', first, count, block: bytes() }),
    fetchFailed: (task: number) => tell({ on: 'fetch-failed', first: task, count: 1 }),
    givenUp: (task: number) => tell({ on: 'given-up', first: task, count: 1, error: new Error('too far') }),
    lost: () => tell({ on: 'lost' }),
    expect: (...words: string[]) => {
      expect(out.map(wordsOf)).toEqual(words);
      out = [];
      return api;
    },
  };
  return api;
}

describe('values', () => {
  it('are wanted once, however many wait', () => {
    scenario()
      .minted(1, 10)
      .watched('a', 'value', 3)
      .expect('want 3+1')
      .watched('b', 'value', 3)
      .expect()
      .watched('list', 'value', 1, 10)
      .expect('want 1+2', 'want 4+7')
      .results(1, 10)
      .expect('deliver a 3+1', 'deliver b 3+1', 'deliver list 1+10');
  });

  it('that came beside the wanted one are kept for the next', () => {
    scenario()
      .minted(1, 10)
      .watched('a', 'value', 3)
      .expect('want 3+1')
      .results(1, 10)
      .expect('deliver a 3+1')
      .watched('b', 'value', 4)
      .expect('deliver b 4+1')
      .watched('list', 'value', 1, 10)
      .expect('deliver list 1+10');
  });

  it('taken by the one who waited are not kept', () => {
    scenario()
      .minted(1, 2)
      .watched('list', 'value', 1, 2)
      .results(1, 2)
      .expect('want 1+2', 'deliver list 1+2')
      .watched('again', 'value', 1, 2)
      .expect('want 1+2');
  });

  it('kept are bounded: the oldest go first and are wanted again', () => {
    scenario(10)
      .minted(1, 4)
      .watched('a', 'value', 1)
      .results(1, 2, 8)
      .watched('c', 'value', 3)
      .results(3, 2, 8)
      .expect('want 1+1', 'deliver a 1+1', 'want 3+1', 'deliver c 3+1')
      .watched('d', 'value', 4)
      .watched('b', 'value', 2)
      .expect('deliver d 4+1', 'want 2+1');
  });

  it('over several pages come to one watch, each row once', () => {
    const all = scenario().minted(1, 3000).watched('list', 'value', 1, 3000);
    all.expect('want 1+1023', 'want 1024+1024', 'want 2048+953');
    all.results(1000, 1024).expect('deliver list 1000+24', 'deliver list 1024+1000');
    all.results(1000, 1024).expect();
    all.results(1, 999).results(2024, 977);
    all.expect('deliver list 1+999', 'deliver list 2024+24', 'deliver list 2048+953');
  });

  it('too large are fetched, and wanted again when that fails', () => {
    scenario()
      .minted(1, 1)
      .watched('a', 'value', 1)
      .located(1)
      .expect('want 1+1', 'fetch 1+1')
      .fetchFailed(1)
      .expect('want 1+1')
      .located(1)
      .fetched(1)
      .expect('fetch 1+1', 'deliver a 1+1');
  });

  it('too large may come with others, before them and behind them, of which some have failed', () => {
    scenario()
      .minted(1, 4)
      .failed(1)
      .watched('a', 'value', 3)
      .located(3)
      .fetched(1, 4)
      .expect('want 3+1', 'fetch 3+1', 'deliver a 3+1')
      .watched('all', 'value', 2, 3)
      .expect('deliver all 2+3')
      .watched('failed', 'value', 1)
      .expect('fail failed 1+1');
  });

  it('that cannot be had are given up, and wanted again by the next', () => {
    scenario()
      .minted(1, 2)
      .watched('list', 'value', 1, 2)
      .watched('outcome', 'outcome', 1)
      .located(1)
      .givenUp(1)
      .expect('want 1+2', 'settle outcome 1+1', 'fetch 1+1', 'give-up list')
      .watched('again', 'value', 1)
      .expect('want 1+1');
  });

  it('of tasks that have failed, which come with others or late, change nothing', () => {
    scenario()
      .minted(1, 2)
      .failed(1)
      .results(1, 2)
      .fetched(1)
      .watched('a', 'value', 1)
      .expect('fail a 1+1')
      .watched('b', 'value', 2)
      .expect('deliver b 2+1');
  });

  it('released meanwhile are not fetched and not kept', () => {
    const all = scenario().minted(1, 2).watched('a', 'value', 1).released(1);
    all.expect('want 1+1', 'miss a 1+1', 'release 1+1');
    all.located(1).results(1).expect();
    expect(all.state.kept.size).toBe(0);
  });
});

describe('outcomes', () => {
  it('are told to those who wait for them, also by values', () => {
    scenario()
      .minted(1, 4)
      .watched('all', 'outcome', 1, 4)
      .done(1)
      .expect('settle all 1+1')
      .results(2)
      .expect('settle all 2+1')
      .failed(3)
      .expect('settle all 3+1')
      .done(4)
      .expect('settle all 4+1')
      .watched('late', 'outcome', 1, 4)
      .expect('settle late 1+2', 'settle late 3+1', 'settle late 4+1');
  });

  it('of failed tasks are errors for those who wait for values', () => {
    scenario()
      .minted(1, 4)
      .watched('list', 'value', 1, 4)
      .failed(2, 2)
      .expect('want 1+4', 'fail list 2+2')
      .watched('late', 'value', 3)
      .expect('fail late 3+1');
  });

  it('that were undone are told once more only to those who did not hear', () => {
    const all = scenario().minted(1, 1).watched('early', 'outcome', 1).done(1).expect('settle early 1+1');
    all.undone(1);
    expect(phaseOf(all.state.ledger, 1)).toBe(Phase.pending);
    all.watched('late', 'outcome', 1).expect().done(1).expect('settle late 1+1');
  });
});

describe('releasing', () => {
  it('says so for held tasks only, and forgets what covers nothing else', () => {
    const all = scenario().minted(1, 4).failed(1, 4).released(2, 2).expect('release 2+2');
    all.released(1, 4).expect('release 1+1', 'release 4+1');
    expect(all.state.ledger.filter(Boolean)).toEqual([]);
  });

  it('makes later watches miss', () => {
    scenario().minted(1, 2).released(1).expect('release 1+1').watched('a', 'value', 1).expect('miss a 1+1');
  });
});

describe('the end', () => {
  it('is told to everyone who waits and to everyone who comes later', () => {
    scenario()
      .minted(1, 2)
      .watched('a', 'value', 1)
      .watched('b', 'outcome', 1, 2)
      .lost()
      .expect('want 1+1', 'give-up a', 'give-up b')
      .watched('c', 'value', 2)
      .expect('give-up c')
      .released(1)
      .expect();
  });

  it('leaves what was kept', () => {
    scenario()
      .minted(1, 2)
      .watched('a', 'value', 1)
      .results(1, 2)
      .lost()
      .watched('b', 'value', 2)
      .expect('want 1+1', 'deliver a 1+1', 'deliver b 2+1');
  });

  it('of a watch that is not interested any more is silence', () => {
    scenario().minted(1, 2).watched('a', 'value', 1, 2).unwatched('a').results(1, 2).expect('want 1+2');
  });
});
