/**
 * What a pod is given to show and to check, as a mounted Secret holds it: its certificate, the cluster's authority, tokens. Read anew
 * when it changes.
 *
 * The kubelet replaces all files of a Secret at once, by a link (`..data`) that it points elsewhere; a watch of the directory misses
 * that as often as not, so the files are looked at every few seconds.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

/** How often the files are looked at, in milliseconds. Kubelets bring a new Secret within a minute or two. */
const LOOK_MS = 2_000;
/** Kubelets are not all as fast: a token that was replaced is accepted so long, in milliseconds. */
const OVERLAP_MS = 300_000;

export type TokenName = 'client-token' | 'worker-token' | 'admin-token';
const TOKENS: readonly TokenName[] = ['client-token', 'worker-token', 'admin-token'];
const FILES = ['tls.crt', 'tls.key', 'ca.crt', ...TOKENS] as const;

/** PEM. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The mounted files cannot be used. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
  readonly code = 'bad-secrets';
  readonly retryable = true;
}

interface Contents extends Certificates {
  readonly mark: string;
  readonly tokens: ReadonlyMap<TokenName, string>;
}

interface Replaced {
  readonly token: string;
  readonly until: number;
}

/** What of it the servers and dialers of a pod need. */
export interface Secrets {
  readonly certificates: Certificates;
  /** The token to show; throws SecretsError when there is none. */
  token(name: TokenName): string;
  /** The tokens to accept: the present one, and for five minutes the one it replaced. */
  accepted(name: TokenName): readonly string[];
  /** Calls `changed` after each change, until the function it gives is called. */
  onChange(changed: () => void): () => void;
}

export class SecretFiles implements Secrets {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  readonly #replaced = new Map<TokenName, Replaced[]>();
  #contents: Contents;
  /** Files that were found unfit, so that it is said once. */
  #unfit = '';

  /** Throws SecretsError when a file is missing or the key is not that of the certificate. */
  constructor(directory: string, now: () => number = () => performance.now()) {
    this.#directory = directory;
    this.#now = now;
    this.#contents = read(directory, markOf(directory));
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  get certificates(): Certificates {
    return this.#contents;
  }

  token(name: TokenName): string {
    const token = this.#contents.tokens.get(name);
    if (token) return token;
    throw new SecretsError(`${join(this.#directory, name)} is missing or empty: put the token there`);
  }

  accepted(name: TokenName): readonly string[] {
    const now = this.#now();
    const present = this.#contents.tokens.get(name);
    const replaced = (this.#replaced.get(name) ?? []).filter(({ until }) => now < until);
    return [...(present ? [present] : []), ...replaced.map(({ token }) => token)];
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Reads the files if they changed. What cannot be used leaves everything as it was. */
  look(): void {
    const mark = markOf(this.#directory);
    if (mark === this.#contents.mark || mark === this.#unfit) return;
    try {
      this.#replace(read(this.#directory, mark));
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error;
      this.#unfit = mark;
      console.error(`taskloom: the certificates and tokens stay as they were: ${error.message}`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #replace(contents: Contents): void {
    const until = this.#now() + OVERLAP_MS;
    for (const [name, token] of this.#contents.tokens) {
      if (contents.tokens.get(name) === token) continue;
      const earlier = (this.#replaced.get(name) ?? []).filter((one) => one.until > this.#now());
      this.#replaced.set(name, [...earlier, { token, until }]);
    }
    this.#contents = contents;
    for (const changed of this.#listeners) changed();
  }
}

/** Changes when any of the files does. */
function markOf(directory: string): string {
  return FILES.map((name) => {
    const stat = statSync(join(directory, name), { throwIfNoEntry: false });
    return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : '-';
  }).join(' ');
}

function read(directory: string, mark: string): Contents {
  const text = (name: string) => {
    try {
      return readFileSync(join(directory, name), 'utf8');
    } catch (cause) {
      const why = `${join(directory, name)} cannot be read: is the Secret mounted there?`;
      throw new SecretsError(`${why} (${(cause as Error).message})`, { cause });
    }
  };
  const cert = text('tls.crt');
  const key = text('tls.key');
  const ca = text('ca.crt');
  try {
    createSecureContext({ cert, key, ca });
  } catch (cause) {
    const why = `tls.crt, tls.key and ca.crt in ${directory} do not belong together`;
    throw new SecretsError(`${why}: ${(cause as Error).message}`, { cause });
  }
  const tokens = new Map<TokenName, string>();
  for (const name of TOKENS) {
    const stat = statSync(join(directory, name), { throwIfNoEntry: false });
    const token = stat && text(name).trim();
    if (token) tokens.set(name, token);
  }
  return { cert, key, ca, tokens, mark };
}
