import { stringify } from 'yaml';
import type { Pair } from './authority.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

export function kubeconfig(server: string, authority: string, client: Pair): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'taskloom', cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [
      {
        name: 'taskloom',
        user: {
          'client-certificate-data': base64(client.certificate),
          'client-key-data': base64(client.key),
        },
      },
    ],
    contexts: [{ name: 'taskloom', context: { cluster: 'taskloom', user: 'taskloom' } }],
    'current-context': 'taskloom',
  });
}
