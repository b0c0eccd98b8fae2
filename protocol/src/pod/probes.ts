/** What the kubelet asks (does it live, is it ready) and what Prometheus reads. Open to all who reach the port: it tells no secrets. */
import type { RequestListener, ServerResponse } from 'node:http';
import { type Listening, type ListenOptions, listen, pathOf } from './server.ts';

export interface Probed {
  /** Why it is not ready; undefined when it is. */
  unready(): string | undefined;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** GET /healthz, /readyz, /metrics. Rejects with the error of `listen`. */
export function openProbes(probed: Probed, options: ListenOptions): Promise<Listening> {
  const handle: RequestListener = (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'GET only');
    const path = pathOf(request);
    if (path === '/healthz') return answer(response, 200, 'ok');
    if (path === '/readyz') {
      const why = probed.unready();
      return answer(response, why === undefined ? 200 : 503, why ?? 'ok');
    }
    if (path !== '/metrics') return answer(response, 404, 'there are /healthz, /readyz and /metrics');
    probed.metrics().then(
      ({ text, contentType }) => answer(response, 200, text, contentType),
      (error: Error) => answer(response, 500, error.message),
    );
  };
  return listen(handle, options);
}

function answer(response: ServerResponse, status: number, text: string, contentType = 'text/plain'): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
