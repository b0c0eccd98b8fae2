import { randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { type SchedulerOptions, settingsFrom, startScheduler } from '@taskloom/scheduler';
import type { SchedulerCommand } from './main.ts';
import { untilSignal } from './signals.ts';
import { tokenOf } from './token.ts';

const PORT = 8786;

export async function runScheduler(command: SchedulerCommand): Promise<void> {
  const { token: _token, tokenFile: _file, ...flags } = command;
  const { tokens: known, ...settings } = settingsFrom(process.env);
  const given = tokenOf(command);
  const made = given || settings.secrets ? undefined : randomBytes(24).toString('base64url');
  const client = given ?? made;
  const tokens = client && { client, worker: (given && known?.worker) ?? client };
  const options: SchedulerOptions = { port: PORT, ...settings, ...flags, ...(tokens && { tokens }) };
  const scheduler = await startScheduler(options);
  console.log(`scheduler at ${scheduler.address}`);
  if (made) {
    console.log(`token: ${made}`);
    console.log(
      `workers: TASKLOOM_TOKEN=${made} taskloom worker --scheduler ${seenElsewhere(scheduler.address)}`,
    );
  }
  await untilSignal();
  await scheduler.close();
  process.exit(0);
}

/** One that listens on all addresses is reached by any of them. */
function seenElsewhere(address: string): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  return address.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, `//${own ?? hostname()}`);
}
