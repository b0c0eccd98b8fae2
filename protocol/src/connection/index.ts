export { type Guard, greet, introduce } from './handshake.ts';
export { memoryPair } from './memory.ts';
export type { Connection, Handlers } from './port.ts';
export { acceptSockets, type DialOptions, dialSocket } from './socket.ts';
