export { DoorError, MAX_VALUE_BYTES, type StoredBlock } from './block.ts';
export { connectTo, type Trust, type Way } from './connect.ts';
export { Doors, type DoorsOptions } from './doors.ts';
export { type Answer, type Source, type Taker, Whole } from './taker.ts';
export { ValueLines, type ValueLinesOptions } from './value-lines.ts';
