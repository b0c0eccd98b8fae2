/** What each task of a simulation gives, decided by names and numbers alone, so that it is the same wherever and whenever it runs. */
export interface Plan {
  value(name: string, index: number, inputs: readonly number[]): number;
  /** Whether this attempt (retries and deaths before it) throws. Names say it: `bad` always does, `flaky` does at first. */
  fails(name: string, index: number, attempt: number): boolean;
  isLarge(name: string): boolean;
}

export const plan: Plan = {
  value: (name, index, inputs) => {
    let hash = 2_166_136_261 ^ index;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16_777_619);
    for (const input of inputs) hash = Math.imul(hash ^ input, 16_777_619);
    return hash >>> 0;
  },
  fails: (name, index, attempt) =>
    (name.startsWith('bad') && index % 3 === 0) || (name.startsWith('flaky') && attempt === 0),
  isLarge: (name) => name.endsWith('large'),
};
