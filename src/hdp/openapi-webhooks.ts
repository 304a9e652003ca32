/** The POST that a task's end is told with (contract B3), for the OpenAPI document. */
import { z } from 'zod';
import { isEnded } from '../db/model/hdp-stages.ts';
import { HDP_STATUSES } from '../db/model/statuses.ts';

export const taskEnded = z
  .strictObject({
    status: z.enum(HDP_STATUSES.filter(isEnded)),
    task_id: z.string().meta({ description: "The task's ULID." }),
    timestamp: z.string().meta({ format: 'date-time', description: 'When the task ended.' }),
    transaction_hash: z.string().optional().meta({ description: 'Where it completed.' }),
    error: z.string().optional().meta({ description: 'Where it failed.' }),
  })
  .meta({ id: 'TaskEnded' });

const headers = z.object({
  'webhook-id': z.string().meta({ description: 'A ULID; the same in every attempt.' }),
  'webhook-timestamp': z.string().meta({ description: 'The time of this attempt, in Unix seconds.' }),
  'webhook-signature': z.string().optional().meta({
    description:
      '`v1,` and the base64 of the HMAC-SHA256 of the id, a dot, the timestamp, a dot and the body. The secret is `whsec_` and the base64 of the SHA-256 of the API key that created the task.',
  }),
});

export const webhooks = {
  taskEnded: {
    post: {
      operationId: 'taskEnded',
      summary: 'A task has ended',
      description:
        'Goes to the `webhook_url` of the task, at least once, and is tried again for a day until it is delivered. It follows no redirect and goes to public addresses alone. The headers, an addition of this service, follow Standard Webhooks.',
      requestParams: { header: headers },
      requestBody: { required: true, content: { 'application/json': { schema: taskEnded } } },
      responses: {
        '2XX': { description: 'Delivered, if it begins within 10 seconds; the body is ignored.' },
        '410': { description: 'The webhook is not sent again.' },
        '429': { description: 'The webhook is sent again after `Retry-After`, at most an hour later.' },
        '503': { description: 'The webhook is sent again after `Retry-After`, at most an hour later.' },
      },
    },
  },
};
