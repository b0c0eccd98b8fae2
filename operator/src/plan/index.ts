export { plan } from './plan.ts';
export type * from './signatures.ts';
export { tell } from './tell.ts';
export type * from './types.ts';
