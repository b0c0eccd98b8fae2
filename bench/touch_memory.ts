// A process that touches so many bytes of fresh memory, as far as the machine has them to spare, and says how many.
import { freemem } from 'node:os';

const PAGE_BYTES = 4096;
const PIECE_BYTES = 64 * 1024 * 1024;
/** What the machine needs meanwhile. */
const SPARE_BYTES = 1024 * 1024 * 1024;

const wanted = Number(process.argv[2]);
const kept: Buffer[] = [];
let touched = 0;
while (touched < wanted) {
  // The first knows what a container may have, the second what needs no page cache to go.
  if (Math.min(process.availableMemory(), freemem()) < SPARE_BYTES + PIECE_BYTES) break;
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, wanted - touched));
  for (let at = 0; at < piece.length; at += PAGE_BYTES) piece[at] = 1;
  kept.push(piece);
  touched += piece.length;
}
process.send?.(touched);
process.disconnect();
