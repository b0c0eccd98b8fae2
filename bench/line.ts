// What a contender says on stdout: one JSON line per measurement. Parsed here and nowhere else.

export type Line =
  | { readonly kind: 'figure'; readonly metric: string; readonly value: number }
  | { readonly kind: 'unable'; readonly metric: string; readonly because: string }
  | { readonly kind: 'about'; readonly versions: Readonly<Record<string, string>> }
  /** It waits until memory was touched, and a line comes back. */
  | { readonly kind: 'wants-memory' };

/** Undefined for a line that is no measurement: libraries print on stdout too. */
export function parseLine(text: string): Line | undefined {
  const said = parseObject(text);
  if (said === undefined) return undefined;
  if (typeof said.metric === 'string' && typeof said.value === 'number' && Number.isFinite(said.value)) {
    return { kind: 'figure', metric: said.metric, value: said.value };
  }
  if (typeof said.unable === 'string' && typeof said.because === 'string') {
    return { kind: 'unable', metric: said.unable, because: said.because };
  }
  if (said.wants === 'memory') return { kind: 'wants-memory' };
  if (isObject(said.about)) {
    const versions = Object.entries(said.about).map(([name, version]) => [name, String(version)]);
    return { kind: 'about', versions: Object.fromEntries(versions) };
  }
  return undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const said: unknown = JSON.parse(text);
    return isObject(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
