import { createHash } from 'node:crypto';

/**
 * A strong entity tag (RFC 9110, 8.8.3).
 * @param headers those that belong to the response as its body does, such as `X-Total-Count`
 */
export function etagOf(body: Buffer, headers: Readonly<Record<string, string>> = {}): string {
  return `"${createHash('sha1').update(JSON.stringify(headers)).update(body).digest('base64url')}"`;
}

/**
 * Whether an `If-None-Match` header names a tag, by the weak comparison that it asks for (RFC 9110, 13.1.2). `"TAG-gzip"`
 * names `"TAG"`: proxies that compress send tags of that form (contract C).
 */
export function matchesEtag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true;
  const compressed = `${etag.slice(0, -1)}-gzip"`;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === compressed);
}
