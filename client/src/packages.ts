/** Packages that functions use and the images of workers lack: asked once for each, told as a warning of this process. */
import type { Package } from '@taskloom/protocol';
import * as z from 'zod/mini';

const Answer = z.object({
  workers: z.number(),
  lacking: z.array(
    z.object({
      image: z.string(),
      groups: z.array(z.string()),
      workers: z.number(),
      packages: z.array(z.object({ name: z.string(), version: z.string(), has: z.optional(z.string()) })),
    }),
  ),
});
type Lacking = z.infer<typeof Answer>['lacking'][number];

/** Where npm is, for images that have none. */
const NPM = 'from=docker.io/library/node:24-bookworm-slim,source=/usr/local/lib/node_modules/npm,target=/npm';

export class Packages {
  readonly #ask: (packages: readonly Package[]) => Promise<unknown>;
  readonly #warn: (message: string) => void;
  /** What was asked, as lists and one by one. */
  readonly #seen = new WeakSet<readonly Package[]>();
  readonly #known = new Set<string>();
  /** Asked while no worker was there. */
  #open: { readonly name: string; readonly packages: readonly Package[] }[] = [];

  constructor(
    ask: (packages: readonly Package[]) => Promise<unknown>,
    warn = (message: string) => process.emitWarning(message, { code: 'TASKLOOM_PACKAGES' }),
  ) {
    this.#ask = ask;
    this.#warn = warn;
  }

  /** A function of this name is submitted that uses these. */
  used(name: string, packages: readonly Package[]): void {
    if (this.#seen.has(packages)) return;
    this.#seen.add(packages);
    const fresh = packages.filter((one) => isComparable(one) && !this.#known.has(keyOf(one)));
    if (fresh.length === 0) return;
    for (const one of fresh) this.#known.add(keyOf(one));
    void this.#look(name, fresh);
  }

  /** Workers came or went. */
  workersChanged(): void {
    const open = this.#open;
    this.#open = [];
    for (const { name, packages } of open) void this.#look(name, packages);
  }

  async #look(name: string, packages: readonly Package[]): Promise<void> {
    // A scheduler that is gone says so elsewhere; one that knows no such question has no images to tell of.
    const said = Answer.safeParse(await this.#ask(packages).catch(() => undefined));
    if (!said.success) return;
    if (said.data.workers === 0) this.#open.push({ name, packages });
    for (const lacking of said.data.lacking) this.#warn(messageOf(name, lacking));
  }
}

/** Our own come with the image; what has no version cannot be told from another. */
const isComparable = ({ name, version }: Package) => version !== '' && !name.startsWith('@taskloom/');
const keyOf = ({ name, version }: Package) => `${name}@${version}`;

function messageOf(name: string, { image, groups, workers, packages }: Lacking): string {
  const needs = packages.map((one) => keyOf(one)).join(', ');
  const absent = packages.filter(({ has }) => has === undefined);
  const others = packages.filter(({ has }) => has !== undefined);
  const trouble = [
    ...(absent.length > 0 ? [`lacks ${absent.map(keyOf).join(', ')}`] : []),
    ...others.map((one) => `has ${one.name}@${one.has} instead of ${one.version}`),
  ].join(' and ');
  const whose = `${workers} worker${workers === 1 ? '' : 's'}${groups.length > 0 ? ` (${groups.join(', ')})` : ''}`;
  return [
    `${name} uses ${needs}, and the image ${image} of ${whose} ${trouble}. An image that has what it needs:`,
    `  FROM ${image}`,
    `  RUN --mount=${NPM} node /npm/bin/npm-cli.js install --prefix /app ${absent.concat(others).map(keyOf).join(' ')}`,
  ].join('\n');
}
