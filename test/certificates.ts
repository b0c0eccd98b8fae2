/** A cluster's Secrets as the operator issues them, in directories as the kubelet mounts them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueLeaf, type Pair } from '../operator/src/secrets/certificates.ts';

const validity = { from: Date.now(), days: 1 };
let versions = 0;

export class Issued {
  readonly authority: Pair;

  private constructor(authority: Pair) {
    this.authority = authority;
  }

  static async make(name: string): Promise<Issued> {
    return new Issued(await issueAuthority(name, validity));
  }

  /** What a pod of this role is given. */
  async files(role: 'scheduler' | 'worker', tokens: Readonly<Record<string, string>>) {
    const leaf = await issueLeaf(this.authority, `${role}.taskloom.dev`, validity);
    return {
      'tls.crt': leaf.certificate,
      'tls.key': leaf.key,
      'ca.crt': this.authority.certificate,
      ...tokens,
    };
  }
}

/** All files change at once: they are links into `..data`, itself a link that is replaced. */
export class Mount {
  readonly path = mkdtempSync(join(tmpdir(), 'taskloom-secret-'));

  write(files: Readonly<Record<string, string>>): this {
    const version = `..${++versions}`;
    mkdirSync(join(this.path, version));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, version, name), text);
    symlinkSync(version, join(this.path, '..new'));
    renameSync(join(this.path, '..new'), join(this.path, '..data'));
    for (const name of Object.keys(files)) {
      rmSync(join(this.path, name), { force: true });
      symlinkSync(`..data/${name}`, join(this.path, name));
    }
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
