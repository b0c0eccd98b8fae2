/** The Events that deeds are worth: one for each kind of thing done in each group, not one for each pod. */
import type { Observed } from '../observed/types.ts';
import type { ClusterEvent, Command } from './types.ts';

export const tell = (observed: Observed, done: readonly Command[]): ClusterEvent[] => [
  ...created(done),
  ...retired(done),
  ...deleted(observed, done),
  ...idled(done),
];

const normal = (reason: string, action: string, note: string): ClusterEvent => ({
  kind: 'event',
  type: 'Normal',
  reason,
  action,
  note,
});

const some = (count: number) => (count === 1 ? '1 worker' : `${count} workers`);

function counted<T>(entries: readonly T[], keyOf: (entry: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
  return [...counts];
}

const only = <K extends Command['kind']>(commands: readonly Command[], kind: K) =>
  commands.filter((command): command is Extract<Command, { kind: K }> => command.kind === kind);

const created = (commands: readonly Command[]) =>
  counted(only(commands, 'createPod'), ({ group }) => group).map(([group, count]) =>
    normal('WorkersCreated', 'Create', `${some(count)} in group ${group}`),
  );

const retired = (commands: readonly Command[]) => {
  const names = only(commands, 'annotatePod').map(({ pod }) => pod.name);
  if (names.length === 0) return [];
  const text = `${some(names.length)} to finish and leave: ${listed(names)}`;
  return [normal('WorkersRetired', 'Retire', text)];
};

const deleted = ({ schedulerPod }: Observed, commands: readonly Command[]) => {
  const scheduler = schedulerPod?.metadata.uid;
  return counted(only(commands, 'deletePod'), ({ pod, reason }) => `${pod.uid === scheduler}/${reason}`).map(
    ([key, count]) => {
      const reason = key.slice(key.indexOf('/') + 1);
      return key.startsWith('true')
        ? normal('SchedulerReplaced', 'Replace', `scheduler: ${reason}`)
        : normal('WorkersDeleted', 'Delete', `${some(count)}: ${reason}`);
    },
  );
};

const idled = (commands: readonly Command[]) => [
  ...only(commands, 'deleteCluster').map(({ reason }) => normal('IdleDeleted', 'Delete', reason)),
  ...only(commands, 'suspendCluster').map(({ reason }) => normal('IdleSuspended', 'Suspend', reason)),
];

const MOST_NAMES = 5;
const listed = (names: readonly string[]) =>
  names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')} and others` : names.join(', ');
