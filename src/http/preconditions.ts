/** Conditional requests (RFC 9110, 13): evaluates the `If-…` headers of a GET or HEAD. */
import { matchesEtag } from './etag.ts';
import { parseHttpDate } from './http-date.ts';

export interface Validators {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Compared in whole seconds, the precision of an HTTP-date. */
  lastModified?: Date | undefined;
}

/** `proceed` means 200 or 206, `not-modified` 304, `failed` 412. */
export type PreconditionResult = 'proceed' | 'not-modified' | 'failed';

export type RequestHeaders = Pick<Headers, 'get'>;

/**
 * Evaluates the preconditions of a GET or HEAD in the sequence of RFC 9110, 13.2.2: `If-Match`, or without it
 * `If-Unmodified-Since`; then `If-None-Match`, or without it `If-Modified-Since`. An empty header counts as absent. An
 * invalid date is ignored. Must be called before `Range` is evaluated, and only if the response would be 200 or 206.
 */
export function evaluatePreconditions(headers: RequestHeaders, validators: Validators): PreconditionResult {
  const { etag } = validators;
  const ifMatch = headers.get('if-match');
  const isFailed = ifMatch
    ? !matchesStrongly(ifMatch, etag)
    : isModifiedSince(headers, 'if-unmodified-since', validators) === true;
  if (isFailed) return 'failed';
  const ifNoneMatch = headers.get('if-none-match');
  const isKnown = ifNoneMatch
    ? matchesEtag(ifNoneMatch, etag)
    : isModifiedSince(headers, 'if-modified-since', validators) === false;
  return isKnown ? 'not-modified' : 'proceed';
}

/**
 * Returns true if there is no `If-Range`, or if it matches the representation (RFC 9110, 13.1.5). A weak tag never
 * matches. A date must equal `Last-Modified`.
 */
export function allowsRange(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = headers.get('if-range');
  if (!ifRange || ifRange === etag) return true;
  return lastModified !== undefined && parseHttpDate(ifRange) === toSeconds(lastModified);
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Compares tags for `If-Match`. A weak tag never matches. */
function matchesStrongly(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || [...ifMatch.matchAll(ENTITY_TAG)].some(([tag]) => tag === etag);
}

/** Returns undefined if the header or `lastModified` is missing. */
function isModifiedSince(
  headers: RequestHeaders,
  name: string,
  { lastModified }: Validators,
): boolean | undefined {
  const date = parseHttpDate(headers.get(name) ?? '');
  return date === undefined || lastModified === undefined ? undefined : toSeconds(lastModified) > date;
}

const toSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
