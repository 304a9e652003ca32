import { createHash } from 'node:crypto';

/**
 * Returns a strong entity tag (RFC 9110, 8.8.3).
 * @param headers response headers that the tag covers like the body, such as `X-Total-Count`
 */
export function etagOf(body: Buffer, headers: Readonly<Record<string, string>> = {}): string {
  return `"${createHash('sha1').update(JSON.stringify(headers)).update(body).digest('base64url')}"`;
}

/**
 * Returns true if an `If-None-Match` header contains a tag, by weak comparison (RFC 9110, 13.1.2). `"TAG-gzip"` matches
 * `"TAG"`, because proxies that compress responses send such tags (contract C).
 */
export function matchesEtag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true;
  const compressed = `${etag.slice(0, -1)}-gzip"`;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === compressed);
}
