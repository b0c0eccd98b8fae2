import { describe, test } from 'vitest';
import { scenario } from '../../test/scenario.ts';

/** One worker that has all of a map, of which the first is known to be long. */
const fedWithLong = () =>
  scenario().client().worker('w1').map('f', 8).heartbeat('w1', { 'f[0]': 5_000 }).ignore();

describe('a task of a higher priority, where many were fed that turn out to be long', () => {
  test('runs next: what has not begun is taken back', () => {
    fedWithLong()
      .submit('urgent', { priority: 1 })
      .expect(['w1: take back f[7], f[6], f[5], f[4], f[3], f[2], f[1]'])
      .handBack('w1', 'f[1..7]')
      .expect(['w1: run urgent']);
  });

  test('does not wait behind them where it was fed, too, before that was known', () => {
    scenario()
      .client()
      .worker('w1')
      .map('f', 4)
      .submit('urgent', { priority: 1 })
      .ignore()
      .heartbeat('w1', { 'f[0]': 5_000 })
      .expect(['w1: take back f[3], f[2], f[1]']);
  });

  test('makes no other worker give anything back than one that may run it', () => {
    fedWithLong()
      .submit('urgent', { priority: 1, resources: { GPU: 1 } })
      .expect([]);
  });
});

test('what is short enough is left where it is', () => {
  scenario().client().worker('w1').map('f', 8).ignore().submit('urgent', { priority: 1 }).expect([]);
});

test('what has a lower priority than all that was fed asks for nothing', () => {
  fedWithLong().submit('leisurely', { priority: -1 }).expect([]);
});
