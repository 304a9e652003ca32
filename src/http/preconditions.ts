/** Conditional requests (RFC 9110, 13): what `If-…` headers say of the representation that a GET or HEAD selects. */
import { matchesEtag } from './etag.ts';
import { parseHttpDate } from './http-date.ts';

export interface Validators {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Fractions of a second are ignored, since an HTTP-date has none. */
  lastModified?: Date | undefined;
}

/** `proceed` means 200 or 206, `not-modified` 304, `failed` 412. */
export type PreconditionResult = 'proceed' | 'not-modified' | 'failed';

/** Request headers; those of one name are joined with a comma, as `Headers` does. */
export type RequestHeaders = Pick<Headers, 'get'>;

/**
 * Evaluates the preconditions of a GET or HEAD in the order of RFC 9110, 13.2.2: `If-Match`, or without it
 * `If-Unmodified-Since`; then `If-None-Match`, or without it `If-Modified-Since`. An empty header counts as absent, and
 * a date that is no HTTP-date is ignored. Call it for requests that would be answered with 200 or 206, before `Range`
 * is looked at.
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
 * True if `Range` counts: there is no `If-Range`, or it names this representation (RFC 9110, 13.1.5). A weak tag never
 * does, and a date must be `Last-Modified` exactly.
 */
export function allowsRange(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = headers.get('if-range');
  if (!ifRange || ifRange === etag) return true;
  return lastModified !== undefined && parseHttpDate(ifRange) === toSeconds(lastModified);
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** The comparison of `If-Match`: a weak tag equals none. */
function matchesStrongly(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || [...ifMatch.matchAll(ENTITY_TAG)].some(([tag]) => tag === etag);
}

/** Undefined where there is nothing to compare. */
function isModifiedSince(
  headers: RequestHeaders,
  name: string,
  { lastModified }: Validators,
): boolean | undefined {
  const date = parseHttpDate(headers.get(name) ?? '');
  return date === undefined || lastModified === undefined ? undefined : toSeconds(lastModified) > date;
}

const toSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
