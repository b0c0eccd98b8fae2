/** Bounds on what is encoded and on what hostile bytes can make a decoder do. A ValueError names the one that was met. */

/** Nesting of arrays, objects, maps and sets. Deeper data (a long linked list) is an array by another name. */
export const MAX_DEPTH = 1_000;
/** One body, and one buffer out of band: their lengths are u32 on the wire. */
export const MAX_LENGTH_BYTES = 0xffff_ffff;
/** Futures that a list inside a value can stand for: eight bytes on the wire become this many lookups. */
export const MAX_LISTED_FUTURES = 1 << 24;
/** Buffers above this size are sent as views beside the body; smaller ones are copied. */
export const INLINE_BYTES = 512;
/** A block holds one result, or several that together stay under this. */
export const BLOCK_BYTES = 64 * 1024;
/** An encoded task failure. */
export const MAX_ERROR_BYTES = 64 * 1024;
/** Buffers start at a multiple of this, so that every kind of typed array can be a view of them. */
export const BUFFER_ALIGNMENT = 16;
