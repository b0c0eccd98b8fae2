/** The last words of containers that crash, for the status to repeat. */
import type { ContainerStatus, Pod } from '../observed/pod.ts';
import type { Context } from './context.ts';
import type { Command } from './types.ts';

/** Of so many pods: one cause is as good as a hundred. */
const MOST_PODS = 3;

export const logKey = ({ metadata }: Pod, { name, restartCount = 0 }: ContainerStatus): string =>
  `${metadata.uid}/${name}/${restartCount}`;

export const isCrashing = ({ state }: ContainerStatus): boolean =>
  state?.waiting?.reason === 'CrashLoopBackOff' ||
  (state?.terminated !== undefined && state.terminated.exitCode !== 0);

export function planLogs({ observed }: Context): Command[] {
  const pods = [...(observed.schedulerPod ? [observed.schedulerPod] : []), ...observed.workers];
  return crashingIn(pods)
    .slice(0, MOST_PODS)
    .filter(({ pod, container }) => observed.logs[logKey(pod, container)] === undefined)
    .map(({ pod: { metadata }, pod, container }) => ({
      kind: 'readLog',
      key: logKey(pod, container),
      pod: { name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid ?? '' },
      container: container.name,
      previous: container.state?.terminated === undefined,
    }));
}

const crashingIn = (pods: readonly Pod[]) =>
  pods
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .flatMap((pod) =>
      (pod.status?.containerStatuses ?? []).filter(isCrashing).map((container) => ({ pod, container })),
    );
