/** The resource, for whoever reads or writes it: the operator, the client, tools. Loads no Kubernetes library. */
export * from './names.ts';
export type * from './resource.ts';
export { taskClusterSpec } from './spec.ts';
export { CONDITIONS, taskClusterStatus } from './status.ts';
