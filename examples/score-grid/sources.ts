/** Real data from the npm package vega-datasets, each with something to predict; its datapackage.md names where they are from. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Dataset {
  readonly name: string;
  readonly rows: number;
  readonly features: number;
  /** Row by row, each feature scaled to mean 0 and deviation 1. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

type Row = Record<string, unknown>;
type Column = (row: Row) => number;
interface Source {
  readonly file: string;
  readonly target: Column;
  readonly features: readonly Column[];
}

const number = (name: string) => (row: Row) =>
  row[name] === null || row[name] === '' ? NaN : Number(row[name]);
const log = (name: string) => (row: Row) => Math.log(number(name)(row));
const day = (name: string) => (row: Row) => Date.parse(String(row[name])) / 86_400_000;
const season = (name: string, wave: (angle: number) => number) => (row: Row) =>
  wave((2 * Math.PI * day(name)(row)) / 365.25);

export const SOURCES: Readonly<Record<string, Source>> = {
  'life expectancy': {
    file: 'gapminder.json',
    target: number('life_expect'),
    features: [number('fertility'), log('pop'), number('year'), number('cluster')],
  },
  'film rating': {
    file: 'movies.json',
    target: number('IMDB Rating'),
    features: [
      log('IMDB Votes'),
      number('Running Time min'),
      log('Production Budget'),
      log('Worldwide Gross'),
    ],
  },
  'earthquake magnitude': {
    file: 'earthquakes.json',
    target: number('mag'),
    features: [number('gap'), number('rms'), number('dmin'), number('nst')],
  },
  'warmest of the day': {
    file: 'seattle-weather.csv',
    target: number('temp_max'),
    features: [number('temp_min'), number('wind'), number('precipitation'), season('date', Math.cos)],
  },
  'carbon dioxide': {
    file: 'co2-concentration.csv',
    target: number('CO2'),
    features: [day('Date'), season('Date', Math.cos), season('Date', Math.sin)],
  },
};

/** More rows make a score dearer, not the example better. */
const MOST_ROWS = 1_000;

/** Where the package's files are on the machine that the task runs on. */
const folder = () => fileURLToPath(new URL('../data', import.meta.resolve('vega-datasets')));

/** Reads one source, drops rows that lack something, thins it to MOST_ROWS, scales its features. */
export function load(name: string): Dataset {
  const source = SOURCES[name]!;
  const text = readFileSync(`${folder()}/${source.file}`, 'utf8');
  const complete = (source.file.endsWith('.csv') ? fromCsv(text) : fromJson(text))
    .map((row) => [source.target(row), ...source.features.map((feature) => feature(row))])
    .filter((values) => values.every(Number.isFinite));
  const step = Math.max(1, complete.length / MOST_ROWS);
  const rows = Array.from(
    { length: Math.floor(complete.length / step) },
    (_, i) => complete[Math.floor(i * step)]!,
  );
  const columns = source.features.map((_, i) => scaled(rows.map((values) => values[i + 1]!)));
  return {
    name,
    rows: rows.length,
    features: columns.length,
    x: Float64Array.from(rows.flatMap((_, i) => columns.map((column) => column[i]!))),
    y: Float64Array.from(rows, (values) => values[0]!),
  };
}

/** Plain commas: none of these files quotes. */
function fromCsv(text: string): Row[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
}

/** A list of rows, or GeoJSON, whose rows are the properties of its features. */
function fromJson(text: string): Row[] {
  const parsed = JSON.parse(text);
  if (Array.isArray(parsed)) return parsed;
  return parsed.features.map((feature: { properties: Row }) => feature.properties);
}

function scaled(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / (Math.sqrt(variance) || 1));
}
