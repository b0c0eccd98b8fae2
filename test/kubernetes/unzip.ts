import { inflateRawSync } from 'node:zlib';

/** PKWARE's APPNOTE.TXT 4.3: the directory is at the end, each entry of it says where its file begins. */
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

/** One file of an archive, by its name. */
export function unzipped(archive: Buffer, wanted: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from(new Uint32Array([END]).buffer));
  if (end < 0) throw new Error('not a zip archive');
  let at = archive.readUInt32LE(end + 16);
  while (archive.readUInt32LE(at) === ENTRY) {
    const name = archive.readUInt16LE(at + 28);
    const after = at + 46 + name + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (archive.toString('utf8', at + 46, at + 46 + name) === wanted) return contents(archive, at);
    at = after;
  }
  throw new Error(`the archive has no ${wanted}`);
}

function contents(archive: Buffer, entry: number): Buffer {
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const bytes = archive.subarray(start, start + size);
  return archive.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(bytes) : bytes;
}
