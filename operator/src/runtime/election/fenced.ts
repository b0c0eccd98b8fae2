/** The API as a leader uses it: reading always, writing only inside the fence. */
import type { Kube, WriteOptions } from '../api.ts';
import type { Fence } from './fence.ts';

export function fenced(kube: Kube, fence: Fence): Kube {
  const inside = <O extends WriteOptions>(options?: O): O => {
    fence.check();
    const signal = options?.signal ? AbortSignal.any([options.signal, fence.signal]) : fence.signal;
    return { ...options, signal } as O;
  };
  return {
    get: (of, at, signal) => kube.get(of, at, signal),
    list: (of, select, page, signal) => kube.list(of, select, page, signal),
    watch: (of, select, from, signal) => kube.watch(of, select, from, signal),
    log: (at, options) => kube.log(at, options),
    create: async (of, object, options) => kube.create(of, object, inside(options)),
    apply: async (of, object, options) => kube.apply(of, object, inside(options)),
    update: async (of, object, options) => kube.update(of, object, inside(options)),
    merge: async (of, at, patch, options) => kube.merge(of, at, patch, inside(options)),
    delete: async (of, at, options) => kube.delete(of, at, inside(options)),
  };
}
