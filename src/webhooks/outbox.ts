import type { Logger } from 'pino';
import { isUnavailable } from '../db/open.ts';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import { type AttemptOptions, makeAttempt } from './attempt.ts';
import { isDayOver } from './backoff.ts';
import { createRecorder } from './recorder.ts';
import { createSlots, type Release } from './slots.ts';
import { hostOf } from './target.ts';

export interface OutboxOptions extends AttemptOptions {
  webhooks: HdpWebhookQueries;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds between looks at the outbox. */
  everyMs?: number;
}

/** The sending of webhooks. */
export interface Outbox {
  /** Breaks off what is being sent, to be tried again, and resolves when all of it is recorded. */
  stop(): Promise<void>;
}

// Longer than any attempt takes, so that no other process makes it meanwhile.
const LEASE_MS = 60_000;

/** How soon a webhook is tried again that the database refuses to write, in milliseconds. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 600_000;

const NEVER_RECORDED = 'its day was over before the result of an attempt could be recorded';

const PAGE_SIZE = 100;
/** A scan of a long outbox is made in parts, so that it never holds up the event loop for long. */
const MAX_SCANNED = 2000;
const SCAN_PAUSE_MS = 50;

/**
 * Sends the webhooks that are due until it is stopped; any number of processes may do so. Each webhook is sent at least
 * once: twice, if a process ends after the receiver took it and before that was recorded.
 */
export function startOutbox({ webhooks, post, log, now, random, everyMs = 500 }: OutboxOptions): Outbox {
  const slots = createSlots();
  const recorder = createRecorder({ webhooks, log, now });
  const pauses = createRetryPauses<string>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });
  const running = new Map<string, { done: Promise<void>; controller: AbortController }>();
  let isStopping = false;
  let wake = () => {};
  // The end of the last scan, if it was not the end of the table: other webhooks may be due after it.
  let last: DueWebhook | undefined;

  /** Takes a slot for each of the due webhooks that the bounds allow. */
  async function choose(chosen: Map<DueWebhook, Release>): Promise<void> {
    for (let scanned = 0; scanned < MAX_SCANNED && !slots.isFull(); scanned += PAGE_SIZE) {
      const page = await webhooks.listDue(now(), last, PAGE_SIZE);
      last = page.length < PAGE_SIZE ? undefined : page.at(-1);
      for (const webhook of page) {
        if (running.has(webhook.id) || pauses.isPaused(webhook.id) || recorder.isSettled(webhook)) continue;
        const release = slots.take(webhook);
        if (release) chosen.set(webhook, release);
        if (!slots.isFull()) continue;
        // The longest due come first again when a slot is free.
        last = undefined;
        break;
      }
      if (last === undefined) break;
    }
  }

  async function fill(): Promise<void> {
    const chosen = new Map<DueWebhook, Release>();
    try {
      await choose(chosen);
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

  /** Takes a webhook for an attempt, or gives it up. One that the database refuses to write is left alone for a while. */
  async function claim(webhook: DueWebhook): Promise<WebhookAttempt | undefined> {
    const { id } = webhook;
    try {
      if (!isDayOver(webhook)) return await webhooks.claim(webhook, now() + LEASE_MS);
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
    const begun = performance.now();
    const done = make(attempt, controller.signal)
      .catch((error) => log.error({ err: error, webhook: attempt.id }, 'webhook failed unexpectedly'))
      .finally(() => {
        running.delete(attempt.id);
        release(performance.now() - begun);
        wake();
      });
    running.set(attempt.id, { done, controller });
  }

  async function make(attempt: WebhookAttempt, signal: AbortSignal): Promise<void> {
    const about = { webhook: attempt.id, host: hostNameOf(attempt.url), attempt: attempt.attempts };
    const result = await makeAttempt(attempt, signal, { post, now, random });
    await recorder.record(attempt, result);
    if (result.delivered) {
      log.info(about, 'webhook delivered');
      return;
    }
    const { error, dueAt } = result;
    log.warn({ ...about, error }, dueAt === null ? 'webhook given up' : 'webhook failed');
  }

  async function loop(): Promise<void> {
    while (!isStopping) {
      const pause = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      await recorder.recordKept();
      await fill().catch((error) => log.error({ err: error }, 'webhooks cannot be taken'));
      if (isStopping) wake();
      if (last !== undefined) setTimeout(wake, Math.min(everyMs, SCAN_PAUSE_MS));
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
const hostNameOf = (url: string) => (URL.canParse(url) ? hostOf(new URL(url)) : '');
