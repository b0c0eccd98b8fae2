/** A local cluster within this thread: scheduler and worker over connections in memory, tasks in threads. */

import type { StoredBlock } from '@taskloom/protocol/door';
import type { Parts as ValueParts } from '@taskloom/protocol/values';
import type { RunningScheduler } from '@taskloom/scheduler';
import { DoorDirectory, startWorker } from '@taskloom/worker';
import type { DataDoor, DataDoors } from '../door/port.ts';
import { ClientError } from '../errors.ts';
import type { LocalSettings } from './options.ts';
import { newTokens, type Parts } from './parts.ts';

export async function inProcess(settings: LocalSettings): Promise<Parts> {
  const { threads, resources, concurrency } = settings;
  const name = `${settings.name}-1`;
  const tokens = newTokens();
  let starting: Promise<RunningScheduler> | undefined;
  // Loaded when the worker dials, so that its thread starts meanwhile, on another core.
  const started = () => {
    starting ??= import('@taskloom/scheduler').then(({ startScheduler }) =>
      startScheduler({ memory: true, tokens }),
    );
    return starting;
  };
  const directory = new DoorDirectory();
  const worker = await startWorker({
    connect: async () => (await started()).connectMemory(),
    doors: directory,
    token: tokens.worker,
    name,
    threads,
    resources,
    ...(concurrency && { concurrency }),
  }).catch(async (error) => {
    await (await started()).close();
    throw error;
  });
  const scheduler = await started();
  let isClosed = false;
  let died: string | undefined;
  // Nobody can take its place within this process: tasks would wait for good.
  void worker.closed.then((reason) => {
    if (isClosed) return;
    died = `its only worker: ${reason}`;
    process.stderr.write(`taskloom: the worker of the in-process cluster ended: ${reason}\n`);
    return scheduler.close();
  });
  return {
    address: scheduler.address,
    token: tokens.client,
    workers: [{ name, pid: process.pid }],
    get died() {
      return died;
    },
    doors: new MemoryDoors(directory),
    dial: async () => scheduler.connectMemory(),
    scale: async () => {
      throw new ClientError(
        'bad-option',
        'an in-process cluster has one worker: start one of processes to scale it',
      );
    },
    close: async () => {
      isClosed = true;
      await worker.close();
      await scheduler.close();
    },
  };
}

/** What the worker holds is copied on its way, so that nobody's later change is seen on the other side. */
class MemoryDoors implements DataDoors {
  readonly advice = 'it is a worker of this process';
  readonly #directory: DoorDirectory;

  constructor(directory: DoorDirectory) {
    this.#directory = directory;
  }

  async get({ address }: DataDoor, batch: number, index: number): Promise<StoredBlock> {
    const block = await this.#directory.get(address, batch, index);
    return { ...block, content: new Uint8Array(block.content) };
  }

  async put({ address }: DataDoor, batch: number, index: number, parts: ValueParts): Promise<void> {
    this.#directory.put(address, batch, index, parts);
  }

  close(): void {}
}
