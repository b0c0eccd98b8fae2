/** What stands in for things that stay where they are. */

const IN_TASK_TABLE = Symbol.for('taskloom.intask.table');

const CLIENT_STAYS =
  'a client lives in the process that made it and cannot be used inside a task: ' +
  'submit the tasks that this one needs before it, and pass their futures to it as arguments';

/** Any use of it fails, and says why; asking what it is does not. */
export const clientStandIn: object = new Proxy(() => {}, {
  get(_target, key) {
    if (key === Symbol.for('taskloom.client')) return true;
    if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
    throw new Error(`cannot read ${key}: ${CLIENT_STAYS}`);
  },
  apply() {
    throw new Error(CLIENT_STAYS);
  },
  construct() {
    throw new Error(CLIENT_STAYS);
  },
});

/** What the worker itself gives to tasks under a name. */
export function inTask(name: string): unknown {
  const table: unknown = Reflect.get(globalThis, IN_TASK_TABLE);
  const given: unknown = typeof table === 'object' && table ? Reflect.get(table, name) : undefined;
  if (given !== undefined) return given;
  return () => {
    throw new Error(`${name} works inside a task on a worker only, and this is none`);
  };
}

/** Takes whatever coverage instrumentation counts, and forgets it. */
export const counters: object = new Proxy(() => {}, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : counters),
  set: () => true,
  apply: () => counters,
});
