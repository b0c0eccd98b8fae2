/** Texts are cut between characters: half a surrogate pair is none. */

/** The longest beginning of at most `most` UTF-16 code units. */
export function head(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, isHigh(text.charCodeAt(most - 1)) ? most - 1 : most);
}

/** All of it, in order, `most` being 2 at least. */
export function pieces(text: string, most: number): string[] {
  const all: string[] = [];
  for (let left = text; left.length > 0; left = left.slice(all.at(-1)!.length)) all.push(head(left, most));
  return all;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
