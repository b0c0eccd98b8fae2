/** One line about what is waited for: redrawn in place on a terminal, a line for each change elsewhere. */
import type { ProgressStream } from '../progress.ts';

export interface Line {
  say(text: string): void;
  /** Nothing of it stays on a terminal. */
  end(): void;
}

export const silent: Line = { say() {}, end() {} };

export function lineOn(stream: ProgressStream): Line {
  let shown = '';
  return {
    say: (text) => {
      if (text === shown) return;
      shown = text;
      stream.write(stream.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
    },
    end: () => {
      if (shown !== '' && stream.isTTY) stream.write('\r\x1b[2K');
      shown = '';
    },
  };
}
