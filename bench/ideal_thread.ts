// One thread of the measured ideal: warm up, meet the others at the gate, run the share, say how long it took.
import { parentPort, workerData } from 'node:worker_threads';
import { kernel, type Share } from './work.ts';

const { count, calls, threads, gate }: Share = workerData;
for (let i = 0; i < 50; i++) kernel(count);

const arrived = new Int32Array(gate);
Atomics.add(arrived, 0, 1);
Atomics.notify(arrived, 0);
for (let seen = Atomics.load(arrived, 0); seen < threads; seen = Atomics.load(arrived, 0)) {
  Atomics.wait(arrived, 0, seen);
}

const began = performance.now();
for (let i = 0; i < calls; i++) kernel(count);
parentPort?.postMessage((performance.now() - began) / 1000);
