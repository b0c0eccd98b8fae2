import { startWorker, type WorkerOptions } from '@taskloom/worker';
import { ClientError } from '../errors.ts';
import type { WorkerCommand } from './main.ts';
import { untilSignal } from './signals.ts';
import { requiredToken } from './token.ts';

export async function runWorker(command: WorkerCommand): Promise<void> {
  const { token: _token, tokenFile: _file, scheduler, ...rest } = command;
  const address = scheduler ?? process.env.TASKLOOM_ADDRESS;
  if (!address) {
    throw new ClientError(
      'bad-option',
      'say which scheduler: --scheduler ws://host:port, or TASKLOOM_ADDRESS',
    );
  }
  const options: WorkerOptions = { ...rest, address, token: requiredToken(command) };
  const worker = await startWorker(options);
  console.log(`worker ${worker.name} of ${address}, data door at ${worker.address}`);
  const signalled = untilSignal().then(() => worker.close());
  const reason = await worker.closed;
  if (await Promise.race([signalled.then(() => true), Promise.resolve(false)])) process.exit(0);
  console.error(`taskloom: the worker ended: ${reason}`);
  process.exit(1);
}
