export { plan } from './plan.ts';
export type * from './signatures.ts';
export type * from './types.ts';
