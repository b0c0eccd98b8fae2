// `npm run bench`: ours beside piscina, Dask and Frisky, in one run on one machine. `--only`, `--contenders`, `--repetitions`, `--minutes`
// and `--scale` narrow it; a narrowed run prints its report and leaves RESULTS.md alone.
import { type Options, parseOptions } from './options.ts';
import { keep } from './parts.ts';
import { type Environment, ensureEnvironment } from './python.ts';
import { render, thisMachine } from './report.ts';
import { runAll } from './run.ts';
import { CONTENDERS, type Contender } from './table.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function environmentFor(contenders: readonly Contender[]): Promise<Environment> {
  if (contenders.some(({ language }) => language === 'python')) return ensureEnvironment(say);
  return { phase: 'missing', because: 'no contender in Python was asked for' };
}

async function bench(options: Options): Promise<void> {
  const contenders = CONTENDERS.filter(({ name }) => options.contenders.includes(name));
  const environment = await environmentFor(contenders);
  const began = performance.now();
  const outcome = await runAll(
    { ...options, contenders, budgetSeconds: options.minutes * 60, say },
    environment,
  );
  const text = render(outcome, {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    seconds: (performance.now() - began) / 1000,
    repetitions: options.repetitions,
    contenders,
  });
  if (options.narrowed) process.stdout.write(text);
  else await keep(text);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await bench(parseOptions(process.argv.slice(2)));
