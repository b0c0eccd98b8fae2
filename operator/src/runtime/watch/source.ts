/** A collection of the API server as a reflector's source. */
import type { Kube, Selection } from '../api.ts';
import type { KubeObject } from '../objects.ts';
import type { Resource } from '../resources.ts';
import type { Source } from './reflector.ts';

export const sourceOf = <T extends KubeObject>(
  kube: Kube,
  of: Resource<T>,
  select: Selection = {},
): Source<T> => ({
  what: of.plural,
  list: (page, signal) => kube.list(of, select, page, signal),
  watch: (from, signal) => kube.watch(of, select, from, signal),
});
