import type { Pod } from '../observed/pod.ts';

/** No node has room for it, or none that it may run on. */
export const isUnschedulable = ({ status }: Pod): boolean =>
  status?.conditions?.some(
    ({ type, status: truth, reason }) =>
      type === 'PodScheduled' && truth === 'False' && reason === 'Unschedulable',
  ) ?? false;
