import { expect, test } from 'vitest';
import { checked, serve } from './health.ts';

test('each check is named; one that fails is a 500 that says why', async () => {
  let trouble: string | undefined;
  const served = await serve(
    { '/readyz': checked({ caches: () => trouble, other: () => undefined }) },
    { port: 0, host: '127.0.0.1' },
  );
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${served.port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await ask('/readyz')).toEqual([200, '[+]caches ok\n[+]other ok\n']);
  trouble = 'not listed yet: pods';
  expect(await ask('/readyz?verbose')).toEqual([500, '[-]caches: not listed yet: pods\n[+]other ok\n']);
  expect((await ask('/constructor'))[0]).toBe(404);
  await served.close();
});

test('a route that throws is a 500, and a port that is taken is an error', async () => {
  const broken = () => {
    throw new Error('a bug');
  };
  const served = await serve({ '/metrics': broken }, { port: 0, host: '127.0.0.1' });
  expect((await fetch(`http://127.0.0.1:${served.port}/metrics`)).status).toBe(500);
  await expect(serve({}, { port: served.port, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
  await served.close();
});
