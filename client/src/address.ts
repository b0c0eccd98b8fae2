/** Where a scheduler is, as people write it. */
import { given, refuse } from './said.ts';

/** What a cluster in one process says where others say their address. */
const IN_PROCESS = 'memory:';

/** `host:port` and `ws://host:port` mean the same. */
export function addressOf(text: string): string {
  if (text === IN_PROCESS)
    refuse('a cluster in one process has no address: call its client(), or start one without inProcess');
  const full = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  const url = URL.parse(full);
  // URL leaves a port out that is the usual one of its scheme.
  const port = url?.port || /:(\d+)\/*$/.exec(full)?.[1];
  if (!url || (url.protocol !== 'ws:' && url.protocol !== 'wss:') || !port)
    refuse(`${given(text)} is no address of a scheduler: it looks like ws://127.0.0.1:8786`);
  return `${url.protocol}//${url.hostname}:${port}`;
}
