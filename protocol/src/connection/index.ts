export { type Guard, greet, introduce } from './handshake.ts';
export { memoryPair } from './memory.ts';
export type { Connection, Handlers } from './port.ts';
export { acceptSockets, dialSocket } from './socket.ts';
