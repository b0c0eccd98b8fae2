/** Messages whose rows stand alone (a result, a failure, each with its section) leave in pieces, however many rows were said at once. */
import { frameBytes, type HotSpec, type LooseMessage } from './frame.ts';

/** Whether the message with some of its rows is a message that says just these. */
export function isDivisible({ groups, shape }: HotSpec): boolean {
  return shape.each === 'rows' && !shape.fixed && !shape.offsets && Object.keys(groups).length === 1;
}

/** The message in pieces of at most `most` bytes, or of one row. In order, columns and sections are views. */
export function divide(spec: HotSpec, message: LooseMessage, most: number): LooseMessage[] {
  const { sections } = message;
  if (sections.length < 2 || frameBytes(spec, message) <= most) return [message];
  const pieces: LooseMessage[] = [];
  const row = 4 * (spec.columns.length + 1);
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < sections.length; i++) {
    const more = row + ((sections[i]!.length + 3) & ~3);
    if (i > from && bytes + more > most) {
      pieces.push(rowsOf(spec, message, from, i));
      from = i;
      bytes = 0;
    }
    bytes += more;
  }
  pieces.push(rowsOf(spec, message, from, sections.length));
  return pieces;
}

function rowsOf(spec: HotSpec, message: LooseMessage, from: number, to: number): LooseMessage {
  const piece: LooseMessage = { op: message.op, sections: message.sections.slice(from, to) };
  for (const name of spec.columns) piece[name] = (message[name] as Uint32Array).subarray(from, to);
  return piece;
}
