export { acceptSockets } from './accept-sockets.ts';
export { type DialOptions, dialSocket } from './dial-socket.ts';
export { type Guard, greet, introduce } from './handshake.ts';
export { acceptLocal, dialLocal, localPath } from './local-streams.ts';
export { memoryPair } from './memory.ts';
export type { Connection, Handlers } from './port.ts';
