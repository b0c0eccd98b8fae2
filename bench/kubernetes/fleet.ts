// Ten clusters of ten, all pods real: what the operator needs for them, and what it does when nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { figure, timed, unable } from '../contenders/speak.ts';
import { type Counts, counts, memoryOf, operatorPod } from './counted.ts';
import { apply, manifest, type Place, place, untilReady } from './place.ts';

const CLUSTERS = 10;
const WORKERS = 10;
const START_SECONDS = 360;
/** Events are written a moment after what they tell of. */
const SETTLE_MS = 15_000;

export async function fleet(idleMinutes: number): Promise<void> {
  const at = place();
  const names = Array.from({ length: CLUSTERS }, (_, i) => `fleet-${i}`);
  const { seconds } = await timed(async () => {
    await apply(at, ...names.map((name) => manifest(name, WORKERS)));
    await untilReady(at, '--all', START_SECONDS);
  });
  figure('fleet.seconds', seconds);
  await sleep(SETTLE_MS);
  const pod = await operatorPod(at);
  const { residentMb, peakMb } = await memoryOf(at, pod);
  figure('operator.mb', residentMb);
  figure('operator.peakMb', peakMb);
  await idle(at, pod, idleMinutes);
  figure('operator.idleMb', (await memoryOf(at, pod)).residentMb);
}

async function idle(at: Place, pod: string, minutes: number): Promise<void> {
  const before = await counts(at, pod);
  await sleep(minutes * 60_000);
  const after = await counts(at, pod);
  const of = (what: keyof Counts) => after[what] - before[what];
  figure('idle.minutes', minutes);
  figure('idle.reconciles', of('reconciles'));
  figure('idle.leases', of('leases'));
  figure('idle.writesOfAll', of('writesOfAll'));
  figure('idle.cores', of('cpuSeconds') / (minutes * 60));
  if (of('reconciles') >= CLUSTERS) figure('idle.writes', of('writes'));
  else unable('idle.writes', 'not all clusters were looked at in that time: give it more --idle-minutes');
}
