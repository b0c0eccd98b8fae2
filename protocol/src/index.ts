export { type ProtocolCode, ProtocolError } from './errors.ts';
export { columnOf, columnsOf, type MessageOf, messageOf } from './frame.ts';
export { Interned } from './interned.ts';
export { letGo } from './let-go.ts';
export { exceeded, type LimitName, Limits } from './limits.ts';
export * from './messages.ts';
export { packMap, unpackMap } from './msgpack.ts';
export { shaped } from './shape.ts';
export { VERSION } from './version.ts';
