/** The resource, for whoever reads or writes it: the operator, the client, tools. Loads no Kubernetes library. */
export * from './names.ts';
