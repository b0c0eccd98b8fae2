/** What happens, told from the outside; the commands that follow are in transcripts/. */
import { type Scenario, scenario } from './scenario.ts';

export const stories: Readonly<Record<string, () => Scenario>> = {
  'one task': () =>
    scenario()
      .client()
      .submit('x')
      .want('x')
      .worker('w1')
      .finish('x', { inline: true })
      .release('x')
      .wait(1_000),

  'a map over two workers': () =>
    scenario()
      .client()
      .worker('w1', { threads: 2 })
      .worker('w2', { threads: 2 })
      .map('warmup', 1)
      .finish('warmup', { micros: 2_000 })
      .map('warmup-again', 1)
      .finishAll('w1', { micros: 2_000 })
      .map('f', 100)
      .finishAll('w1', { micros: 2_000 })
      .finishAll('w2', { micros: 2_000 })
      .finishAll('w1', { micros: 2_000 })
      .finishAll('w2', { micros: 2_000 })
      .finishAll('w1', { micros: 2_000 })
      .finishAll('w2', { micros: 2_000 })
      .release('f')
      .wait(1_000),

  'a chain runs ahead': () =>
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .submit('c', { after: ['b'] })
          .release('a')
          .release('b'),
      )
      .finish('a')
      .finish('b')
      .finish('c')
      .wait(1_000),

  'results of two workers come together': () =>
    scenario()
      .client()
      .worker('w1')
      .worker('w2')
      .together((scene) =>
        scene
          .submit('left')
          .submit('right')
          .submit('join', { after: ['left', 'right'] }),
      )
      .finish('left', { bytes: 1_000_000 })
      .finish('right')
      .inputMissing('join', { on: 'w1', input: 'right', holder: 'w2' })
      .finish('right')
      .finish('join')
      .want('join')
      .send('join', { on: 'w1' }),

  'a worker dies with the only copy': () =>
    scenario()
      .client()
      .worker('w1')
      .submit('load')
      .submit('clean', { after: ['load'] })
      .finish('load')
      .finish('clean')
      .release('load')
      .submit('fit', { after: ['clean'] })
      .worker('w2')
      .die('w1')
      .finish('load')
      .finish('clean')
      .finish('fit'),

  'a task that kills its workers': () =>
    scenario()
      .client()
      .worker('w1')
      .together((scene) => scene.submit('poison').submit('innocent'))
      .die('w1')
      .worker('w2')
      .die('w2')
      .worker('w3')
      .die('w3', 'exit code 137')
      .worker('w4')
      .finish('innocent'),

  'work goes to an idle worker': () =>
    scenario()
      .client()
      .worker('w1')
      .map('slow', 6)
      .worker('w2')
      .handBack('w1', 'slow[3..5]')
      .finish('slow[3..5]', { micros: 900_000 })
      .handBack('w1')
      .finish('slow[0..2]', { micros: 900_000 }),

  'a task is tried again': () =>
    scenario()
      .client()
      .worker('w1')
      .submit('flaky', { retries: 2 })
      .submit('report', { after: ['flaky'] })
      .throw('flaky', 'no network')
      .throw('flaky', 'no network')
      .finish('flaky')
      .finish('report')
      .submit('hopeless', { retries: 1 })
      .submit('never', { after: ['hopeless'] })
      .throw('hopeless', 'no network')
      .throw('hopeless', 'no network'),

  'data is scattered': () =>
    scenario()
      .client()
      .scatter('table')
      .worker('w1')
      .bring('table', 'w1')
      .worker('w2')
      .scatter('settings', { broadcast: true })
      .bring('settings', 'w1')
      .bring('settings', 'w2')
      .submit('sum', { after: ['table', 'settings'] })
      .die('w1')
      .submit('other', { after: ['settings'] }),

  'nobody waits any more': () =>
    scenario()
      .client()
      .worker('w1')
      .together((scene) =>
        scene
          .submit('a')
          .submit('b', { after: ['a'] })
          .submit('c', { after: ['b'] }),
      )
      .release('b')
      .release('c')
      .finish('a')
      .wait(1_000)
      .release('a')
      .wait(1_000)
      .submit('long')
      .leave()
      .wait(1_000),

  'a client that stops reading': () =>
    scenario()
      .client()
      .worker('w1')
      .credit(false)
      .map('f', 3)
      .want('f')
      .finish('f', { inline: true })
      .submit('big')
      .want('big')
      .finish('big', { bytes: 1_000_000 })
      .credit(true),
};
