/** The webhook that is sent when a task has ended (contract B3), for the OpenAPI document. */
import { z } from 'zod';
import { isEnded } from '../db/model/hdp-stages.ts';
import { HDP_STATUSES } from '../db/model/statuses.ts';
import { jsonRequest } from '../http/openapi-responses.ts';

export const taskEnded = z
  .object({
    status: z.enum(HDP_STATUSES.filter(isEnded)).meta({ id: 'EndStatus' }),
    task_id: z.string().meta({ description: "The task's ULID." }),
    timestamp: z.string().meta({ format: 'date-time', description: 'The time at which the task ended.' }),
    transaction_hash: z.string().optional().meta({ description: 'Present if the task completed.' }),
    error: z.string().optional().meta({ description: 'Present if the task failed.' }),
  })
  .meta({ id: 'TaskEnded', description: 'Other keys may be added. A receiver must ignore them.' });

export const WEBHOOK_TAG = { name: 'Webhooks', description: 'Requests that this service sends.' };

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
      tags: [WEBHOOK_TAG.name],
      security: [],
      summary: 'A task has ended',
      description:
        'Sent to the `webhook_url` of the task at least once. Failed deliveries are retried for one day. Redirects are not followed, and only public addresses receive webhooks. The headers are an addition of this service and follow Standard Webhooks.',
      requestParams: { header: headers },
      requestBody: jsonRequest('The end of the task.', taskEnded),
      responses: {
        '2XX': { description: 'Delivered, if the response begins within 10 seconds. Its body is ignored.' },
        '410': { description: 'The webhook is not sent again.' },
        '429': { description: 'The webhook is sent again after `Retry-After`, at most an hour later.' },
        '503': { description: 'The webhook is sent again after `Retry-After`, at most an hour later.' },
      },
    },
  },
};
