/** What every API server does, the real one and the fake; what only the real one does is in api.test.ts. */
import { expect, test } from 'vitest';
import type { Kube } from './api.ts';
import type { KubeObject } from './objects.ts';
import { resource } from './resources.ts';
import { byLabel, type Change } from './watch/cache.ts';
import { Reflector } from './watch/reflector.ts';
import { sourceOf } from './watch/source.ts';

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const CONFIG_MAPS = resource<ConfigMap>('v1', 'ConfigMap', 'configmaps');

export interface Place {
  readonly kube: Kube;
  readonly namespace: string;
}

const map = (namespace: string, name: string, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { namespace, name, labels: { made: 'by-contract' } },
  data,
});

export function apiContract(place: () => Place): void {
  const at = (name: string) => ({ namespace: place().namespace, name });
  const made = (name: string, data?: Record<string, string>) =>
    place().kube.create(CONFIG_MAPS, map(place().namespace, name, data));

  test('what is not there is nothing', async () => {
    expect(await place().kube.get(CONFIG_MAPS, at('nobody'))).toBeUndefined();
    expect(await place().kube.delete(CONFIG_MAPS, at('nobody'))).toBe(false);
  });

  test('creates once', async () => {
    const created = await made('once', { a: '1' });
    expect(created.metadata.uid).toBeTruthy();
    expect(await place().kube.get(CONFIG_MAPS, at('once'))).toMatchObject({ data: { a: '1' } });
    await expect(made('once')).rejects.toMatchObject({ code: 'already-exists', retryable: false });
  });

  test('replaces only what was read', async () => {
    const { kube } = place();
    const first = await made('replaced', { a: '1' });
    const second = await kube.update(CONFIG_MAPS, { ...first, data: { a: '2' } });
    expect(second.data).toEqual({ a: '2' });
    const stale = kube.update(CONFIG_MAPS, { ...first, data: { a: '3' } });
    await expect(stale).rejects.toMatchObject({ code: 'conflict', retryable: true });
  });

  test('deletes the very object that is meant', async () => {
    const { kube } = place();
    const { metadata } = await made('meant');
    expect(await kube.delete(CONFIG_MAPS, at('meant'), { uid: 'another' })).toBe(false);
    expect(await kube.delete(CONFIG_MAPS, at('meant'), { uid: metadata.uid })).toBe(true);
    expect(await kube.get(CONFIG_MAPS, at('meant'))).toBeUndefined();
  });

  test('lists in pages of one moment', async () => {
    const { kube, namespace } = place();
    for (const name of ['page-1', 'page-2', 'page-3']) await made(name);
    const first = await kube.list(CONFIG_MAPS, { namespace }, { limit: 2 });
    expect(first.items).toHaveLength(2);
    await made('page-4');
    const names: string[] = first.items.map(({ metadata }) => metadata.name);
    for (let next = first.continue; next !== undefined; ) {
      const page = await kube.list(CONFIG_MAPS, { namespace }, { limit: 2, continue: next });
      names.push(...page.items.map(({ metadata }) => metadata.name));
      expect(page.resourceVersion).toBe(first.resourceVersion);
      next = page.continue;
    }
    expect(names).toEqual(expect.arrayContaining(['page-1', 'page-2', 'page-3']));
    expect(names).not.toContain('page-4');
  });

  test('a reflector shows what is there, what comes, what changes and what goes', async () => {
    const { kube, namespace } = place();
    await made('seen-before', { n: '0' });
    const changes = new Changes();
    const reflector = new Reflector<ConfigMap>({
      source: sourceOf(kube, CONFIG_MAPS, { namespace, labelSelector: 'made=by-contract' }),
      indexes: { made: byLabel('made') },
      changed: (change) => changes.add(change),
    });
    void reflector.start();
    await reflector.synced;
    expect(reflector.cache.get(`${namespace}/seen-before`)?.data).toEqual({ n: '0' });
    const object = await made('seen', { n: '1' });
    await changes.of('added seen');
    await kube.update(CONFIG_MAPS, { ...object, data: { n: '2' } });
    await changes.of('updated seen');
    expect(reflector.cache.get(`${namespace}/seen`)).toMatchObject({ kind: 'ConfigMap', data: { n: '2' } });
    await kube.delete(CONFIG_MAPS, at('seen'));
    await changes.of('deleted seen');
    expect(reflector.cache.by('made', 'by-contract').map(({ metadata }) => metadata.name)).not.toContain(
      'seen',
    );
    await reflector.stop();
  });
}

/** Changes as they are told, waited for. */
export class Changes {
  readonly told: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  add({ is, object }: Change): void {
    const said = `${is} ${object.metadata.name}`;
    this.told.push(said);
    this.#waiting.get(said)?.();
  }

  async of(said: string): Promise<void> {
    if (this.told.includes(said)) return;
    await new Promise<void>((resolve) => this.#waiting.set(said, resolve));
  }
}
