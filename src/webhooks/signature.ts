import { createHmac } from 'node:crypto';

/**
 * Returns the headers of one attempt (Standard Webhooks): id, time and signature. The secret is the SHA-256 of the API
 * key that created the task; clients write it as `whsec_` and its base64. Without a key there is no signature.
 * @param now Unix milliseconds
 */
export function webhookHeaders(
  { id, body, keyHash }: { id: string; body: string; keyHash: Buffer | null },
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (keyHash === null) return headers;
  const signature = createHmac('sha256', keyHash).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
