export { announce } from './announce.ts';
export { status } from './status.ts';
