/** Messages whose rows stand alone (a result, a failure, each with its section) leave in pieces, however many rows were said at once. */
import { frameBytes, type HotSpec, type LooseMessage } from './frame.ts';

/** Whether the message with some of its rows is a message that says just these. */
export function isDivisible({ groups, shape }: HotSpec): boolean {
  return shape.each === 'rows' && !shape.fixed && !shape.offsets && Object.keys(groups).length === 1;
}

/** The message in pieces of at most `most` bytes, or of one row. In order, columns and sections are views. */
export function divide({ form }: HotSpec, message: LooseMessage, most: number): LooseMessage[] {
  const { sections } = message;
  if (sections.length < 2) return [message];
  const columns = form.columns(message);
  if (frameBytes(columns, sections) <= most) return [message];
  const pieces: LooseMessage[] = [];
  const rows = (from: number, to: number) =>
    form.message(
      columns.map((column) => column.subarray(from, to)),
      sections.slice(from, to),
    );
  const row = 4 * (columns.length + 1);
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < sections.length; i++) {
    const more = row + ((sections[i]!.length + 3) & ~3);
    if (i > from && bytes + more > most) {
      pieces.push(rows(from, i));
      from = i;
      bytes = 0;
    }
    bytes += more;
  }
  pieces.push(rows(from, sections.length));
  return pieces;
}
