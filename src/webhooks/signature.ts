import { createHmac } from 'node:crypto';

/**
 * The headers by which a receiver knows a webhook and that it is ours: the signature is the HMAC-SHA256 of
 * `timestamp.body`, its key the SHA-256 of the API key that made the task, in hex. Without a key there is none.
 * @param now Unix milliseconds
 */
export function webhookHeaders(
  { id, body, keyHash }: { id: string; body: string; keyHash: Buffer | null },
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const headers = { 'X-Taskgate-Webhook-Id': id, 'X-Taskgate-Timestamp': timestamp };
  if (keyHash === null) return headers;
  const signature = createHmac('sha256', keyHash.toString('hex'))
    .update(`${timestamp}.${body}`)
    .digest('hex');
  return { ...headers, 'X-Taskgate-Signature': `sha256=${signature}` };
}
