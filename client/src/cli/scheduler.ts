import { randomBytes } from 'node:crypto';
import { startScheduler } from '@taskloom/scheduler';
import type { SchedulerCommand } from './main.ts';
import { untilSignal } from './signals.ts';
import { tokenOf } from './token.ts';

export async function runScheduler(options: SchedulerCommand): Promise<void> {
  const given = tokenOf(options);
  const token = given ?? randomBytes(24).toString('base64url');
  const { host, port } = options;
  const scheduler = await startScheduler({ host, port, tokens: { client: token, worker: token } });
  console.log(`scheduler at ${scheduler.address}`);
  if (!given) {
    console.log(`token: ${token}`);
    console.log(`workers: TASKLOOM_TOKEN=${token} taskloom worker --scheduler ${scheduler.address}`);
  }
  await untilSignal();
  await scheduler.close();
  process.exit(0);
}
