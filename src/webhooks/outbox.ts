import type { Logger } from 'pino';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { type AttemptOptions, makeAttempt } from './attempt.ts';

export interface OutboxOptions extends AttemptOptions {
  webhooks: HdpWebhookQueries;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Milliseconds between looks at the outbox. */
  everyMs?: number;
}

/** The sending of webhooks, under way. */
export interface Outbox {
  /** Breaks off what is being sent, to be tried again, and resolves when all of it is recorded. */
  stop(): Promise<void>;
}

const MOST_AT_ONCE = 8;
const MOST_TO_A_HOST = 2;

// Longer than any attempt takes, so that nobody else makes it meanwhile.
const LEASE_MS = 60_000;

const PAGE = 100;
const MOST_LOOKED_AT = 2000;

/**
 * Sends the webhooks that are due until it is stopped, any number of processes beside one another. Each is sent at
 * least once: twice, when a process ends after the receiver took it and before that was recorded.
 */
export function startOutbox({ webhooks, post, log, now, random, everyMs = 500 }: OutboxOptions): Outbox {
  const underWay = new Map<WebhookAttempt, { done: Promise<void>; controller: AbortController }>();
  let isStopping = false;
  let wake = () => {};
  // Where the last look ended, when it saw nothing but hosts that are busy: others may stand behind them.
  let last: DueWebhook | undefined;

  async function choose(): Promise<DueWebhook[]> {
    const chosen: DueWebhook[] = [];
    const busy = new Map<string, number>();
    const occupy = (host: string) => busy.set(host, (busy.get(host) ?? 0) + 1);
    for (const { url } of underWay.keys()) occupy(hostOf(url));
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
      const page = await webhooks.due(now(), last, PAGE);
      last = page.length < PAGE ? undefined : page.at(-1);
      for (const webhook of page) {
        const host = hostOf(webhook.url);
        if ((busy.get(host) ?? 0) >= MOST_TO_A_HOST) continue;
        occupy(host);
        chosen.push(webhook);
        if (chosen.length + underWay.size < MOST_AT_ONCE) continue;
        last = undefined;
        return chosen;
      }
      if (last === undefined) break;
    }
    return chosen;
  }

  async function fill(): Promise<void> {
    if (underWay.size >= MOST_AT_ONCE) return;
    const chosen = await choose();
    if (chosen.length === 0) return;
    for (const attempt of await webhooks.claim(chosen, now() + LEASE_MS)) {
      const controller = new AbortController();
      if (isStopping) controller.abort();
      const done = make(attempt, controller.signal)
        .catch((error) => log.error({ err: error, webhook: attempt.id }, 'webhook not recorded'))
        .finally(() => {
          underWay.delete(attempt);
          wake();
        });
      underWay.set(attempt, { done, controller });
    }
  }

  async function make(attempt: WebhookAttempt, signal: AbortSignal): Promise<void> {
    const about = { webhook: attempt.id, host: hostOf(attempt.url), attempt: attempt.attempts };
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

  async function run(): Promise<void> {
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
      await pause;
    }
  }

  const running = run();
  return {
    async stop() {
      isStopping = true;
      wake();
      for (const { controller } of underWay.values()) controller.abort();
      await running;
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}

/** The host that a URL names, as it counts: without the port and a final dot; '' when it names none. */
const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : '');
