import { setTimeout as pause } from 'node:timers/promises';
import { type KeepOptions, KeptWorker, PidFile, settingsFrom } from '@taskloom/worker';
import { addressOf } from '../address.ts';
import { ClientError } from '../errors.ts';
import type { WorkerCommand } from './main.ts';
import { untilSignal } from './signals.ts';
import { requiredToken } from './token.ts';

/** A hook that waits for the end of the pid file has so long to see it, in milliseconds: with its process it would end as failed. */
const HOOK_MS = 500;

export async function runWorker(command: WorkerCommand): Promise<void> {
  const { token: _token, tokenFile: _file, scheduler, ...flags } = command;
  const { pidFile, ...settings } = settingsFrom(process.env);
  const said = scheduler ?? settings.address;
  if (!said) {
    throw new ClientError(
      'bad-option',
      'say which scheduler: --scheduler ws://host:port, or TASKLOOM_ADDRESS',
    );
  }
  const address = addressOf(said);
  const options: KeepOptions = { ...settings, ...flags, address, ...tokenFor(command, settings) };
  const worker = new KeptWorker({
    ...options,
    joined: ({ name, address: door }) => console.log(`worker ${name} of ${address}, data door at ${door}`),
  });
  let isDone = false;
  const asked = untilSignal().then((signal) => {
    // Whoever asks twice does not want to wait.
    void untilSignal().then(() => process.exit(isDone ? 0 : 1));
    return signal === 'SIGTERM' ? worker.retire() : worker.close();
  });
  const written = pidFile === undefined ? undefined : new PidFile(pidFile);
  const reason = await Promise.race([worker.closed, asked]);
  isDone = true;
  written?.remove();
  if (reason === undefined) {
    if (written) await pause(HOOK_MS);
    process.exit(0);
  }
  console.error(`taskloom: the worker ended: ${reason}`);
  process.exit(1);
}

/** A flag, what is mounted, the environment, in this order. */
function tokenFor(command: WorkerCommand, settings: KeepOptions): { token?: string } {
  const said = command.token !== undefined || command.tokenFile !== undefined;
  if (!said && (settings.secrets || settings.token)) return {};
  return { token: requiredToken(command) };
}
