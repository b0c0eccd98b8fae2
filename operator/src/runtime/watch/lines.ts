/** Bytes as they come -> whole lines. What was begun and never ended is not a line. */
import { ApiError } from '../errors.ts';

const NEWLINE = 10;

/** Longer than any object that etcd takes (1.5 MiB), with room for how JSON writes it. */
const LINE_BYTES = 16 * 1024 * 1024;

export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const begun: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end));
      const line = Buffer.concat(begun.splice(0)).toString('utf8');
      bytes = 0;
      from = end + 1;
      if (line !== '') yield line;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > LINE_BYTES)
      throw new ApiError('bad-answer', `a watch event has more than ${LINE_BYTES} bytes`);
  }
}
