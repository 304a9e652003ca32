import type { Logger } from 'pino';
import { isUnavailable } from '../db/open.ts';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { createFrozenWarning } from '../frozen-warning.ts';
import { parseUrl } from '../lib/parse-url.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import { logError } from '../log-error.ts';
import { type AttemptOptions, makeAttempt } from './attempt.ts';
import { isDayOver } from './backoff.ts';
import { createRecorder } from './recorder.ts';
import { createSlots, type Release } from './slots.ts';
import { hostOf } from './target.ts';

export interface OutboxOptions extends AttemptOptions {
  webhooks: HdpWebhookQueries;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** How often an idle outbox looks for due webhooks. */
  pollIntervalMs?: number;
}

/** Sends webhooks. */
export interface Outbox {
  /** Aborts the attempts in progress, which are tried again later. Resolves when their results are recorded. */
  stop(): Promise<void>;
}

// Longer than any attempt, so that no other process makes the same attempt.
const LEASE_MS = 60_000;

/** The first and the longest pause before a webhook that the database refuses to write is tried again. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 600_000;

const NEVER_RECORDED = 'its day was over before the result of an attempt could be recorded';

const PAGE_SIZE = 100;
/** A long outbox is scanned in parts, so that a scan does not block the event loop for long. */
const MAX_SCANNED = 2000;
const SCAN_PAUSE_MS = 50;

/**
 * Sends due webhooks until it is stopped. Several processes may do this. Each webhook is sent at least once. It is sent
 * again if a process ends after the receiver's response and before the result is recorded.
 */
export function startOutbox({
  webhooks,
  post,
  log,
  now,
  random,
  pollIntervalMs = 500,
}: OutboxOptions): Outbox {
  const slots = createSlots();
  const warnIfFrozen = createFrozenWarning(log, now);
  const recorder = createRecorder({ webhooks, log, now });
  const pauses = createRetryPauses<string>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });
  const running = new Map<string, { done: Promise<void>; controller: AbortController }>();
  let isStopping = false;
  let wake = () => {};
  // The last webhook of the previous scan, if that scan did not reach the end of the table.
  let last: DueWebhook | undefined;

  /** Takes a slot for each due webhook, as far as the limits allow. */
  async function takeSlots(chosen: Map<DueWebhook, Release>): Promise<void> {
    for (let scanned = 0; scanned < MAX_SCANNED && !slots.isFull(); scanned += PAGE_SIZE) {
      const page = await webhooks.listDue(last, PAGE_SIZE);
      last = page.length < PAGE_SIZE ? undefined : page.at(-1);
      for (const webhook of page) {
        if (running.has(webhook.id) || pauses.isPaused(webhook.id) || recorder.isSettled(webhook)) continue;
        const release = slots.take(webhook);
        if (release) chosen.set(webhook, release);
        if (!slots.isFull()) continue;
        // The next scan starts with the oldest due webhooks again.
        last = undefined;
        break;
      }
      if (last === undefined) break;
    }
  }

  async function startAttempts(): Promise<void> {
    const chosen = new Map<DueWebhook, Release>();
    try {
      await takeSlots(chosen);
      if (chosen.size === 0) return;
      const claims = [...chosen].map(async ([webhook, release]) => {
        const attempt = await claim(webhook);
        if (!attempt) return;
        chosen.delete(webhook);
        run(attempt, release);
      });
      const failure = (await Promise.allSettled(claims)).find((claimed) => claimed.status === 'rejected');
      if (failure) throw failure.reason;
    } finally {
      for (const release of chosen.values()) release();
    }
  }

  /** Claims a webhook for an attempt, or ends it. If the database refuses to write it, it is skipped for some time. */
  async function claim(webhook: DueWebhook): Promise<WebhookAttempt | undefined> {
    const { id } = webhook;
    try {
      if (!isDayOver(webhook)) return await webhooks.claim(webhook, LEASE_MS);
      await webhooks.recordFailure(webhook, NEVER_RECORDED, null);
      log.warn({ webhook: id, error: NEVER_RECORDED }, 'webhook given up');
    } catch (error) {
      if (isUnavailable(error)) throw error;
      log.error({ err: error, webhook: id, ...pauses.fail(id) }, 'webhook cannot be taken');
    }
    return undefined;
  }

  function run(attempt: WebhookAttempt, release: Release): void {
    const controller = new AbortController();
    if (isStopping) controller.abort();
    const startedAt = performance.now();
    const done = send(attempt, controller.signal)
      .catch((error) => logError(log, error, 'webhook failed unexpectedly', { webhook: attempt.id }))
      .finally(() => {
        running.delete(attempt.id);
        release(performance.now() - startedAt);
        wake();
      });
    running.set(attempt.id, { done, controller });
  }

  async function send(attempt: WebhookAttempt, signal: AbortSignal): Promise<void> {
    const logFields = { webhook: attempt.id, host: hostNameOf(attempt.url), attempt: attempt.attempts };
    // Dated by the clock that decides when webhooks are due.
    const difference = attempt.dueAt - LEASE_MS - now();
    const result = await makeAttempt(attempt, signal, { post, now: () => now() + difference, random });
    await recorder.record(attempt, result);
    if (result.delivered) {
      log.info(logFields, 'webhook delivered');
      return;
    }
    const { error, dueAt } = result;
    log.warn({ ...logFields, error }, dueAt === null ? 'webhook given up' : 'webhook failed');
  }

  async function loop(): Promise<void> {
    while (!isStopping) {
      const pause = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollIntervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await recorder.recordPending();
      await startAttempts().catch((error) => {
        if (!warnIfFrozen(error)) logError(log, error, 'webhooks cannot be taken');
      });
      if (isStopping) wake();
      if (last !== undefined) setTimeout(wake, Math.min(pollIntervalMs, SCAN_PAUSE_MS));
      await pause;
    }
  }

  const looping = loop();
  return {
    async stop() {
      isStopping = true;
      wake();
      for (const { controller } of running.values()) controller.abort();
      await looping;
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

/** Returns the host of a URL for the log; '' if it is not valid. */
function hostNameOf(text: string): string {
  const url = parseUrl(text);
  return url ? hostOf(url) : '';
}
