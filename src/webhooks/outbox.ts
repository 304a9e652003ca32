import type { Logger } from 'pino';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { type AttemptOptions, makeAttempt } from './attempt.ts';
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
  const running = new Map<string, { done: Promise<void>; controller: AbortController }>();
  let isStopping = false;
  let wake = () => {};
  // The end of the last scan, if it was not the end of the table: other webhooks may be due after it.
  let last: DueWebhook | undefined;

  /** Takes a slot for each of the due webhooks that the bounds allow. */
  async function choose(chosen: Map<DueWebhook, Release>): Promise<void> {
    for (let scanned = 0; scanned < MAX_SCANNED && !slots.isFull(); scanned += PAGE_SIZE) {
      const page = await webhooks.due(now(), last, PAGE_SIZE);
      last = page.length < PAGE_SIZE ? undefined : page.at(-1);
      for (const webhook of page) {
        if (running.has(webhook.id)) continue;
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
      const attempts = await webhooks.claim([...chosen.keys()], now() + LEASE_MS);
      for (const [webhook, release] of chosen) {
        const attempt = attempts.find(({ id }) => id === webhook.id);
        if (!attempt) continue;
        chosen.delete(webhook);
        run(attempt, release);
      }
    } finally {
      for (const release of chosen.values()) release();
    }
  }

  function run(attempt: WebhookAttempt, release: Release): void {
    const controller = new AbortController();
    if (isStopping) controller.abort();
    const begun = performance.now();
    const done = make(attempt, controller.signal)
      .catch((error) => log.error({ err: error, webhook: attempt.id }, 'webhook not recorded'))
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
    if (result.delivered) {
      await webhooks.delivered(attempt.id, now());
      log.info(about, 'webhook delivered');
      return;
    }
    const { error, dueAt } = result;
    await webhooks.failed(attempt, error, dueAt);
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
