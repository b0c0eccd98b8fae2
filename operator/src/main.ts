/** The program. In a pod it is who its service account is; elsewhere who the kubeconfig says. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { prometheusInstruments } from './instruments.ts';
import { judgement } from './judgement.ts';
import { Operator } from './operator.ts';
import { type Credentials, checked, inClusterCredentials, type Route, serve } from './runtime/index.ts';
import { SettingsError, settingsFrom, usage } from './settings.ts';

async function credentials(): Promise<Credentials> {
  const inside = process.env.KUBECONFIG ? undefined : inClusterCredentials();
  if (inside) return inside;
  // Loaded only outside of Kubernetes: it brings a library of 80 MB along.
  const { kubeconfigCredentials } = await import('./runtime/http/kubeconfig.ts');
  const outside = kubeconfigCredentials();
  if (!outside) throw new SettingsError('no Kubernetes to work for: set KUBECONFIG, or run in a pod');
  return outside;
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage());
    return;
  }
  const settings = settingsFrom(process.argv.slice(2), process.env);
  const log = pino({ level: settings.logLevel });
  const registry = new Registry();
  const instruments = prometheusInstruments(registry);
  const operator = new Operator({ settings, credentials: await credentials(), judgement, instruments, log });
  const metrics: Route = async () => {
    operator.gauge();
    return { contentType: registry.contentType, status: 200, body: await registry.metrics() };
  };
  const probes = {
    '/healthz': checked({ reconciles: () => operator.unwell() }),
    '/readyz': checked({ caches: () => operator.unready() }),
  };
  const [health, scrapes] = await Promise.all([
    serve(probes, { port: settings.healthPort }),
    serve({ '/metrics': metrics }, { port: settings.metricsPort }),
  ]);
  log.info({ health: health.port, metrics: scrapes.port }, 'started');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      operator.stop();
    });
  }
  await operator.run();
  await Promise.all([health.close(), scrapes.close()]);
}

main().catch((error) => {
  process.stderr.write(error instanceof SettingsError ? `${error.message}\n` : `${error?.stack ?? error}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 1;
  // A bug is not survived: whatever still runs ends with it, and Kubernetes starts a new one.
  process.exit();
});
