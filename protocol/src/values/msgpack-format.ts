/**
 * MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): the tokens used here, and our extension types.
 * Extension types are wire format. 0 is what msgpack libraries for JavaScript write for undefined.
 */
export const Token = {
  nil: 0xc0,
  unused: 0xc1,
  false: 0xc2,
  true: 0xc3,
  bin8: 0xc4,
  bin16: 0xc5,
  bin32: 0xc6,
  ext8: 0xc7,
  float32: 0xca,
  float64: 0xcb,
  uint8: 0xcc,
  uint16: 0xcd,
  uint32: 0xce,
  uint64: 0xcf,
  int8: 0xd0,
  int16: 0xd1,
  int32: 0xd2,
  int64: 0xd3,
  fixext1: 0xd4,
  fixext4: 0xd6,
  fixext8: 0xd7,
  str8: 0xd9,
  str16: 0xda,
  str32: 0xdb,
  array16: 0xdc,
  array32: 0xdd,
  map16: 0xde,
  map32: 0xdf,
} as const;

export const Extension = {
  /** fixext1, payload 0. */
  undefined: 0,
  /** fixext4: u32 task. */
  future: 1,
  /** fixext8: u32 first task, u32 count; stands for an array. */
  futures: 2,
  /** ext8: u8 kind, high bit set when the buffer is owned; u32 buffer, u32 offset in it, u32 length in bytes. */
  view: 3,
  /** ext8/16: u8 kind, then the bytes of a small typed array, Buffer or ArrayBuffer (a Uint8Array is msgpack's bin). */
  inline: 4,
  /** ext32: u32 entries, then a key and a value for each. */
  map: 5,
  /** ext32: u32 members, then each. */
  set: 6,
  /** -1, of the specification: u32 nanoseconds and s64 seconds since 1970, or shorter forms, which are only read. */
  timestamp: 0xff,
} as const;

export const VIEW_BYTES = 13;
export const TIMESTAMP_BYTES = 12;
export const OWNED = 0x80;
