/** The program of a thread. It imports as little as it can: a thread starts in the time its imports take. */
import { isMainThread, workerData } from 'node:worker_threads';
import type { DecodeContext } from '@taskloom/protocol/values';
import { encodeError } from '@taskloom/protocol/values';
import { sharedCame } from '../shared-garbage.ts';
import { Current } from './current.ts';
import { Functions, ResolvedFuture } from './functions.ts';
import { Outcomes } from './outcomes.ts';
import { Output } from './output.ts';
import { Claims } from './progress.ts';
import { Report } from './report.ts';
import { Runner } from './runner.ts';
import { Shelf } from './shelf.ts';
import { type Posted, restoreToThread, shortenFromThread } from './short.ts';
import { readOrders } from './task-order.ts';
import { Tray } from './tray.ts';
import type { FromThread, ThreadSetup, ToThread } from './wire.ts';

if (isMainThread) throw new Error('this is the program of a worker thread: start it through startWorker');
const setup = workerData as ThreadSetup;
const { port } = setup;

const context: DecodeContext = {
  resolve: (task) => runner.resolve(task),
  captured: (task) => new ResolvedFuture(runner.resolve(task)),
};
const report = new Report();
const tray = new Tray(setup.tray);
const shelf = new Shelf(context);
const functions = new Functions(context);
const claims = new Claims(setup.progress);
const worker = {
  name: setup.worker,
  get number() {
    return claims.worker;
  },
};
const current = new Current(worker, (text) => {
  const task = current.now;
  if (task) output.write(task, 2, text);
});
const output = new Output(current, {
  leave: (wrote) => tray.wrote(wrote),
  wrote: (wrote) => {
    report.wrote(wrote);
    // The agent makes room when it hears of it.
    post();
  },
  flush: () => post(),
});
const outcomes = new Outcomes(report, context, ({ order, fn, attempt }, index, error) => {
  const place = { task: fn.name, worker: setup.worker, attempt };
  report.error(order, index, 'refused-result', 0, encodeError(error, place));
});
const runner = new Runner({
  claims,
  outcomes, report, current, post, leave,
  worker: setup.worker,
}); // biome-ignore format: a record

/** Wakes the agent for what there is and for what was left. */
function post(): void {
  if (!report.empty || !tray.isEmpty) say(report.take());
}

function leave(): void {
  if (report.empty) return;
  const message = report.take();
  if (!tray.report(message)) say(message);
}

function say(message: FromThread): void {
  port.postMessage(shortenFromThread(message));
  tray.passed();
}

port.on('message', (posted: Posted<ToThread>) => {
  const message = restoreToThread(posted);
  if (message.resume !== undefined) runner.clear(message.resume);
  for (const [hash, bytes] of message.sources) functions.addText(hash, bytes);
  for (const [fn, name, graph] of message.functions) functions.add(fn, name, graph);
  message.blocks.forEach(sharedCame);
  message.blockIds.forEach((id, i) => void shelf.put(id, message.blocks[i] as Uint8Array));
  runner.add(readOrders(message.orders, shelf, functions), message.taken);
  for (const id of message.forget) shelf.forget(id);
  for (const fn of message.forgetFunctions) functions.forget(fn);
  for (const hash of message.forgetSources) functions.forgetText(hash);
  runner.pump();
});
// What is done is not lost when a task ends the thread.
process.on('exit', () => {
  outcomes.close();
  post();
});
output.capture();
port.postMessage('started');
