import type { ConnectCommand } from './main.ts';
import { reached } from './reached.ts';
import { untilSignal } from './signals.ts';

/** Holds the way to a cluster open, and says what scripts must know to go it. */
export async function runConnect(name: string, command: ConnectCommand): Promise<void> {
  const way = await reached(name, command);
  for (const [variable, value] of Object.entries(way.env)) console.log(`${variable}=${value}`);
  const signal = await untilSignal();
  await way.close();
  process.kill(process.pid, signal);
}
