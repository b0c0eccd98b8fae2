import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const sources = fileURLToPath(new URL('..', import.meta.url));

/** What Kubernetes brings in, loaded on the way to `then`. */
async function loadedBy(then: string): Promise<string[]> {
  const code = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        const found = next(name, context);
        if (/@kubernetes|\\/operator\\/|\\/undici\\//.test(found.url)) console.log(found.url);
        return found;
      },
    });
    ${then}`;
  const flags = ['--conditions=taskloom-source', '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: sources });
  return stdout.split('\n').filter(Boolean);
}

test('the core client loads nothing of Kubernetes', async () => {
  expect(await loadedBy(`await import('@taskloom/client');`)).toEqual([]);
});

test('a pod that makes clusters does not load the Kubernetes library', async () => {
  const loaded = await loadedBy(`await import('@taskloom/client/kubernetes');`);
  expect(loaded.join()).toContain('/operator/');
  expect(loaded.filter((url) => url.includes('@kubernetes/'))).toEqual([]);
});
