export type * from './signatures.ts';
export type * from './types.ts';
