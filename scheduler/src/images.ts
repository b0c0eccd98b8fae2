/** What the images of workers have, so that a client can be told what its functions lack there. The core knows nothing of it. */
import type { Package, WorkerImage } from '@taskloom/protocol';

/** What workers with this image lack, or have in another version (`has`). */
export interface Lacking {
  readonly image: string;
  /** Names of the groups of these workers; empty where there are none. */
  readonly groups: readonly string[];
  readonly workers: number;
  readonly packages: readonly (Package & { readonly has?: string })[];
}

/** The answer to `packages`. */
export interface PackagesAnswer {
  /** How many workers were looked at: of those that said what their image has. */
  readonly workers: number;
  readonly lacking: readonly Lacking[];
}

interface Known {
  readonly image: string;
  readonly group: string;
  readonly packages: ReadonlyMap<string, string>;
}

export class Images {
  readonly #byWorker = new Map<number, Known>();

  joined(worker: number, group: string | undefined, image: WorkerImage | undefined): void {
    if (!image) return;
    const packages = new Map(Object.entries(image.packages));
    this.#byWorker.set(worker, { image: image.name, group: group ?? '', packages });
  }

  left(worker: number): void {
    this.#byWorker.delete(worker);
  }

  answer(wanted: readonly Package[]): PackagesAnswer {
    const rows = new Map<
      string,
      { image: string; groups: Set<string>; workers: number; packages: Lacking['packages'] }
    >();
    for (const { image, group, packages } of this.#byWorker.values()) {
      const lacking = wanted.flatMap(({ name, version }) => {
        const has = packages.get(name);
        return has === version ? [] : [{ name, version, ...(has !== undefined && { has }) }];
      });
      if (lacking.length === 0) continue;
      const key = JSON.stringify([image, lacking]);
      const row = rows.get(key) ?? { image, groups: new Set(), workers: 0, packages: lacking };
      rows.set(key, row);
      row.workers++;
      if (group !== '') row.groups.add(group);
    }
    const lacking = [...rows.values()].map((row) => ({ ...row, groups: [...row.groups].sort() }));
    return { workers: this.#byWorker.size, lacking };
  }
}
