/** What must be in the Secrets of a cluster, and what is wrong with what is. Tokens live as long as any Secret still has them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SERVER_NAMES } from '../crd/names.ts';
import type { Pair } from './certificates.ts';

export const SECRETS = ['authority', 'scheduler', 'worker', 'client'] as const;
export type SecretRole = (typeof SECRETS)[number];
export type Role = keyof typeof SERVER_NAMES;

/** The texts of a Secret by name, or nothing when there is none. */
export type Contents = Readonly<Record<string, string>>;
export type Present = Readonly<Record<SecretRole, Contents | undefined>>;

/** A leaf lives 90 days and is renewed at 60, an authority ten years and is renewed at nine. */
export const LEAF_DAYS = 90;
export const AUTHORITY_DAYS = 3_650;
const LEAF_REST_DAYS = 30;
const AUTHORITY_REST_DAYS = 365;

export interface Issuing {
  authority(): Promise<Pair>;
  leaf(authority: Pair, role: Role): Promise<Pair>;
  token(): string;
}

/** What the four Secrets must hold: what is good of what there is, and anew what is not. */
export async function wanted(
  present: Present,
  issuing: Issuing,
  now: number,
): Promise<Record<SecretRole, Contents>> {
  const kept = authorityOf(present.authority);
  const authority = isGoodAuthority(kept, now) ? kept : await renewed(kept, issuing);
  const ca = authority.certificate;
  const leaf = async (role: Role) => {
    const pair = leafOf(present[role]);
    return isGoodLeaf(pair, authority, role, now) ? pair : await issuing.leaf(authority, role);
  };
  const [scheduler, worker] = await Promise.all([leaf('scheduler'), leaf('worker')]);
  const client = found(present.scheduler?.['client-token'], present.client?.token) ?? issuing.token();
  const join =
    found(present.scheduler?.['worker-token'], present.worker?.['worker-token']) ?? issuing.token();
  const admin = found(present.scheduler?.['admin-token']) ?? issuing.token();
  return {
    authority: { 'ca.crt': ca, 'ca.key': authority.key },
    scheduler: {
      ...files(scheduler, ca),
      'client-token': client,
      'worker-token': join,
      'admin-token': admin,
    },
    worker: { ...files(worker, ca), 'worker-token': join },
    client: { 'ca.crt': ca, token: client },
  };
}

const files = ({ certificate, key }: Pair, ca: string) => ({
  'tls.crt': certificate,
  'tls.key': key,
  'ca.crt': ca,
});

/** Longer than anybody guesses; and nothing that a header could not carry. */
const isToken = (text: string | undefined) => text !== undefined && /^[\x21-\x7e]{16,}$/.test(text);
const found = (...tokens: readonly (string | undefined)[]) => tokens.find(isToken);

const authorityOf = (contents: Contents | undefined): Pair => ({
  certificate: contents?.['ca.crt'] ?? '',
  key: contents?.['ca.key'] ?? '',
});

const leafOf = (contents: Contents | undefined): Pair => ({
  certificate: contents?.['tls.crt'] ?? '',
  key: contents?.['tls.key'] ?? '',
});

/** Those who still show a certificate of the old authority are believed until they have their new one. */
async function renewed(old: Pair, issuing: Issuing): Promise<Pair> {
  const { certificate, key } = await issuing.authority();
  const before = read(old.certificate) ? old.certificate : '';
  return { certificate: certificate + before, key };
}

function isGoodAuthority({ certificate, key }: Pair, now: number): boolean {
  const authority = read(certificate);
  if (!authority?.ca) return false;
  return fits(authority, key) && lasts(authority, now, AUTHORITY_REST_DAYS);
}

function isGoodLeaf({ certificate, key }: Pair, authority: Pair, role: Role, now: number): boolean {
  const leaf = read(certificate);
  const issuer = read(authority.certificate);
  if (!leaf || !issuer) return false;
  const named = leaf.checkHost(SERVER_NAMES[role]) !== undefined;
  return named && leaf.verify(issuer.publicKey) && fits(leaf, key) && lasts(leaf, now, LEAF_REST_DAYS);
}

function read(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function fits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const lasts = (certificate: X509Certificate, now: number, days: number) =>
  Date.parse(certificate.validTo) - now > days * 86_400_000;
