export { packMap, unpackMap } from './codec.ts';
export { type ProtocolCode, ProtocolError } from './errors.ts';
export { exceeded, type LimitName, Limits } from './limits.ts';
export * from './messages.ts';
export { VERSION } from './version.ts';
