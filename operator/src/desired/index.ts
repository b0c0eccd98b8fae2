export { desired } from './desired.ts';
export type * from './types.ts';
