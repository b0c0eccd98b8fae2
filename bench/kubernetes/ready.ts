// What somebody at a terminal waits for: `kubectl apply`, then `kubectl wait`.
import { figure, timed } from '../contenders/speak.ts';
import { cluster, place } from './place.ts';

export async function ready(workers: number): Promise<void> {
  const { seconds } = await timed(() => cluster(place(), 'ready', workers));
  figure('ready.seconds', seconds);
}
