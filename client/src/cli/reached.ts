import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesCommand } from './main.ts';

/** The way to a cluster on Kubernetes, as the environment of a script. */
export interface Way {
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function reached(
  name: string,
  command: KubernetesCommand & { readonly port?: number },
): Promise<Way> {
  // It loads what speaks to Kubernetes, which other commands do without.
  const { reach } = await import('../kubernetes/reach.ts');
  const failed = (error: Error) => console.error(`taskloom: ${error.message}`);
  const { address, token, ca, relay, close } = await reach(name, { ...command, failed });
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-'));
  const file = join(folder, 'ca.crt');
  await writeFile(file, ca);
  return {
    env: {
      TASKLOOM_ADDRESS: address,
      TASKLOOM_TOKEN: token,
      TASKLOOM_CA_FILE: file,
      ...(relay && { TASKLOOM_RELAY: '1' }),
    },
    close: async () => {
      await rm(folder, { recursive: true, force: true });
      await close();
    },
  };
}
