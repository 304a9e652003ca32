import { decodeTime } from 'ulid';
import { type WebhookState, webhookState } from '../db/model/statuses.ts';
import type { HdpWebhookQueries, ListedWebhook } from '../db/queries/hdp-webhooks.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { withExistingStore } from './with-store.ts';

const PAGE_SIZE = 100;

/** Prints webhooks as NDJSON. Prints only the host of a URL, because the rest may contain a secret. */
export async function listWebhooks(
  context: CommandContext,
  { state }: { state?: WebhookState },
): Promise<number> {
  await withExistingStore(context, async ({ hdpWebhooks }) => {
    for await (const webhook of allWebhooks(hdpWebhooks)) {
      if (state === undefined || webhookState(webhook) === state) printJson(context, toLine(webhook));
    }
  });
  return 0;
}

/** Makes a webhook due now, with a new series of attempts. `serve` or `work` sends it. */
export async function resendWebhook(context: CommandContext, id: string): Promise<number> {
  const resent = await withExistingStore(context, ({ hdpWebhooks }) => hdpWebhooks.resend(id.toUpperCase()));
  if (resent === undefined) {
    throw new CommandError(`There is no webhook with the id ${id}, and no task with that uuid has one.`);
  }
  printMessage(context, `Webhook ${resent} is due now; taskgate serve or taskgate work sends it.`);
  return 0;
}

async function* allWebhooks(webhooks: HdpWebhookQueries): AsyncGenerator<ListedWebhook> {
  for (let last = ''; ; ) {
    const page = await webhooks.list(last, PAGE_SIZE);
    yield* page;
    const { id } = page.at(-1) ?? {};
    if (id === undefined) return;
    last = id;
  }
}

const toLine = (webhook: ListedWebhook) => ({
  id: webhook.id,
  task: webhook.uuid,
  host: URL.canParse(webhook.url) ? new URL(webhook.url).host : null,
  state: webhookState(webhook),
  attempts: webhook.attempts,
  // `createdAt` changes when the webhook is resent; the time in the id does not.
  created: timeOrNull(decodeTime(webhook.id)),
  due: timeOrNull(webhook.dueAt),
  delivered: timeOrNull(webhook.deliveredAt),
  error: webhook.lastError,
});

const timeOrNull = (time: number | null) => (time === null ? null : new Date(time).toISOString());
