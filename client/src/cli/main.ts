/** The command line. Each command is loaded when it is called. */
import { enableCompileCache } from 'node:module';
import { Limits, VERSION } from '@taskloom/protocol';
import { Command, InvalidArgumentError } from 'commander';

enableCompileCache();

export interface TokenOptions {
  readonly token?: string;
  readonly tokenFile?: string;
}
export interface SchedulerCommand extends TokenOptions {
  readonly host?: string;
  readonly port?: number;
}
export interface WorkerCommand extends TokenOptions {
  readonly scheduler?: string;
  readonly name?: string;
  readonly threads?: number;
  readonly resources?: Readonly<Record<string, number>>;
  readonly concurrency?: number;
  readonly host?: string;
  readonly port?: number;
  readonly advertise?: string;
}
/** Where to look for a cluster on Kubernetes. */
export interface KubernetesCommand {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}
export interface RunCommand extends KubernetesCommand {
  readonly workers?: number;
  readonly threads?: number;
  readonly cluster?: string;
}
export interface ConnectCommand extends KubernetesCommand {
  readonly port?: number;
}

export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv);
  } catch (error) {
    // A failure with a code is one that we foresaw: its message says what to do.
    const foreseen = error instanceof Error && 'code' in error;
    console.error(foreseen ? `taskloom: ${error.message}` : error);
    process.exit(1);
  }
}

function program(): Command {
  const taskloom = new Command('taskloom')
    .description('Runs functions in parallel.')
    .version(VERSION)
    .enablePositionalOptions();
  withToken(taskloom.command('scheduler'))
    .description('start a scheduler, to which workers and clients connect')
    .option('--host <address>', 'interface to listen on; TASKLOOM_HOST or 127.0.0.1 unless said')
    .option('--port <number>', 'port to listen on, 0 for any; TASKLOOM_PORT or 8786 unless said', portNumber)
    .action(async (options: SchedulerCommand) => (await import('./scheduler.ts')).runScheduler(options));
  withToken(taskloom.command('worker'))
    .description('start a worker of a scheduler')
    .option('--scheduler <address>', 'ws://host:port or wss://; TASKLOOM_ADDRESS unless said')
    .option('--name <name>', 'name of the worker')
    .option('--threads <number>', 'tasks at once; one for each core unless said', wholeNumber())
    .option('--resources <amounts>', 'what tasks may ask for, e.g. GPU=1,disk=2', amounts)
    .option(
      '--concurrency <number>',
      'async tasks that share a thread, of those that do not say',
      wholeNumber(Limits.threadTasks),
    )
    .option('--host <address>', 'interface of its data door; where it reaches the scheduler from unless said')
    .option('--port <number>', 'port of its data door; any unless said', portNumber)
    .option('--advertise <url>', 'how others reach its data door, when not by --host: a host, or a URL')
    .action(async (options: WorkerCommand) => (await import('./worker.ts')).runWorker(options));
  withKubernetes(taskloom.command('run'))
    .description('run a script with a cluster: one on this machine that is made for it, or one on Kubernetes')
    .argument('<script>', 'a module that Node can run; Client.connect() in it finds the cluster')
    .argument('[arguments...]', 'of the script')
    .option('--workers <number>', 'worker processes on this machine', wholeNumber())
    .option('--threads <number>', 'threads of each of them', wholeNumber())
    .option('--cluster <name>', 'a TaskCluster on Kubernetes instead')
    .passThroughOptions()
    .action(async (script: string, rest: string[], options: RunCommand) =>
      (await import('./run.ts')).runScript(script, rest, options),
    );
  withKubernetes(taskloom.command('connect'))
    .description('hold the way to a cluster on Kubernetes open, and print what scripts must know to go it')
    .argument('<name>', 'of the TaskCluster')
    .option('--port <number>', 'port of this machine; any unless said', portNumber)
    .action(async (name: string, options: ConnectCommand) =>
      (await import('./connect.ts')).runConnect(name, options),
    );
  return taskloom;
}

function withKubernetes(command: Command): Command {
  return command
    .option('--namespace <name>', 'namespace of the cluster; that of the context unless said')
    .option('--context <name>', 'context of the kubeconfig; the current one unless said')
    .option('--kubeconfig <path>', 'instead of $KUBECONFIG or ~/.kube/config');
}

function withToken(command: Command): Command {
  return command
    .option('--token <token>', 'what the others must show; TASKLOOM_TOKEN unless said')
    .option('--token-file <path>', 'a file that holds the token');
}

function wholeNumber(most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(
      `It must be a whole number from 1${most < Number.POSITIVE_INFINITY ? ` to ${most}` : ''}.`,
    );
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be a port.');
  return port;
}

function amounts(text: string): Record<string, number> {
  const entries = text.split(',').map((entry): [string, number] => {
    const [name = '', amount = ''] = entry.split('=');
    if (!name || name === '__proto__' || amount === '' || !(Number(amount) >= 0)) {
      throw new InvalidArgumentError('It looks like GPU=1,disk=2.');
    }
    return [name, Number(amount)];
  });
  return Object.fromEntries(entries);
}
