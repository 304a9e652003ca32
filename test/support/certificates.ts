import { generate } from 'selfsigned';

export interface Certificate {
  key: string;
  cert: string;
}

const HOUR_MS = 3_600_000;
const EC = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Creates a certificate authority that nobody trusts yet. */
export async function createAuthority(name = 'Test authority'): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** Creates a certificate for a DNS name, by an authority, or self-signed without one. */
export async function createCertificate(
  name: string,
  { ca, hasExpired = false }: { ca?: Certificate; hasExpired?: boolean } = {},
): Promise<Certificate> {
  const end = Date.now() + (hasExpired ? -HOUR_MS : HOUR_MS);
  const made = await generate([{ name: 'commonName', value: name }], {
    ...EC,
    ...(ca && { ca }),
    notBeforeDate: new Date(end - 24 * HOUR_MS),
    notAfterDate: new Date(end),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  return { key: made.private, cert: made.cert };
}
