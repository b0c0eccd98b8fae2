// What a program counts, in the text format of Prometheus.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function parseScrape(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = line.match(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/) ?? [];
    return name === undefined ? [] : [{ name, labels: labelsOf(labels), value: Number(value) }];
  });
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]),
  );

/** How much was counted of what is so; nothing counted is nothing. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  isSo: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): number {
  return samples
    .filter((sample) => sample.name === name && isSo(sample.labels))
    .reduce((sum, { value }) => sum + value, 0);
}
