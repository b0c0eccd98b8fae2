/** Replaces [start, end) of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap; insertions at one place keep their order. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  const ordered = edits.map((edit, order) => ({ edit, order }));
  ordered.sort((a, b) => a.edit.start - b.edit.start || a.order - b.order);
  let result = '';
  let at = 0;
  for (const { edit } of ordered) {
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + source.slice(at);
}

/** As many line ends as the range has, so that what follows a cut keeps its line number. */
export function lineEnds(source: string, start: number, end: number): string {
  return source.slice(start, end).replace(/[^\n]+/g, '');
}
