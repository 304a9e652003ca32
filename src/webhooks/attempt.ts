import type { WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { nextAttempt, parseRetryAfter } from './backoff.ts';
import { type Post, type PostResult, RefusedTargetError } from './post.ts';
import { webhookHeaders } from './signature.ts';

/** The result of one attempt. `error` contains neither the URL nor the body. `dueAt` is null after the last attempt. */
export type AttemptResult = { delivered: true } | { delivered: false; error: string; dueAt: number | null };

export interface AttemptOptions {
  post: Post;
  /** Unix milliseconds. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
}

const MAX_ERROR_LENGTH = 200;
const GONE = 410;
/** Status codes whose `Retry-After` is used. */
const OVERLOADED = [429, 503];

/** Sends a webhook once and computes the time of the next attempt. */
export async function makeAttempt(
  attempt: WebhookAttempt,
  signal: AbortSignal,
  { post, now, random }: AttemptOptions,
): Promise<AttemptResult> {
  const fail = (error: string, dueAt: number | null) => ({ delivered: false, error, dueAt }) as const;
  try {
    const { url, body } = attempt;
    const result = await post({ url, body, headers: webhookHeaders(attempt, now()) }, signal);
    const { status } = result;
    if (status >= 200 && status < 300) return { delivered: true };
    const error = `the answer was ${status}`;
    if (status === GONE) return fail(error, null);
    return fail(error, nextAttempt(attempt, now(), random(), requestedPause(result, now())));
  } catch (error) {
    const reason = reasonOf(error).slice(0, MAX_ERROR_LENGTH);
    if (error instanceof RefusedTargetError) return fail(reason, null);
    return fail(reason, signal.aborted ? now() : nextAttempt(attempt, now(), random()));
  }
}

const requestedPause = ({ status, retryAfter }: PostResult, now: number) =>
  retryAfter !== undefined && OVERLOADED.includes(status) ? parseRetryAfter(retryAfter, now) : undefined;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // If every address failed, Node's AggregateError has an empty message.
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first.message : error.message;
}
