/** The certificates of one Kubernetes: an authority that lives as long as the cluster, and what it signs. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEAR_MS = 365 * 24 * 3600 * 1000;

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly name: string;
  /** Groups, as Kubernetes reads a client certificate. */
  readonly organization?: string;
  readonly addresses?: readonly string[];
  readonly hosts?: readonly string[];
}

const pem = async (key: webcrypto.CryptoKey, kind: 'PRIVATE' | 'PUBLIC') => {
  const bytes = await webcrypto.subtle.exportKey(kind === 'PRIVATE' ? 'pkcs8' : 'spki', key);
  return x509.PemConverter.encode(bytes, `${kind} KEY`);
};
const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

export class Authority {
  readonly certificate: string;
  readonly #issuer: string;
  readonly #key: webcrypto.CryptoKey;
  readonly #pem: string;

  private constructor(certificate: x509.X509Certificate, key: webcrypto.CryptoKey, keyPem: string) {
    this.certificate = certificate.toString('pem');
    this.#issuer = certificate.subject;
    this.#key = key;
    this.#pem = keyPem;
  }

  /** The key that signs certificates; a controller-manager needs it. */
  get key(): string {
    return this.#pem;
  }

  static async create(): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=kubernetes',
      ...validity(),
      signingAlgorithm: ALGORITHM,
      keys: keys,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(certificate, keys.privateKey, await pem(keys.privateKey, 'PRIVATE'));
  }

  async issue({ name, organization, addresses = [], hosts = [] }: Subject): Promise<Pair> {
    const keys = await newKeys();
    const names = [
      ...addresses.map((value) => ({ type: 'ip', value }) as const),
      ...hosts.map((value) => ({ type: 'dns', value }) as const),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [...(organization ? [{ O: [organization] }] : []), { CN: [name] }],
      issuer: this.#issuer,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
    });
    return { certificate: certificate.toString('pem'), key: await pem(keys.privateKey, 'PRIVATE') };
  }
}

/** For the tokens of service accounts: signed by one half, checked with the other. */
export async function tokenKeys(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const keys = await newKeys();
  return {
    privateKey: await pem(keys.privateKey, 'PRIVATE'),
    publicKey: await pem(keys.publicKey, 'PUBLIC'),
  };
}

function validity(): { notBefore: Date; notAfter: Date } {
  // An hour back, for clocks that differ.
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + YEAR_MS) };
}
