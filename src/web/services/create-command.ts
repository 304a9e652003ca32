/** The request of the form as a command for a shell, with a placeholder for the credentials. */

import { ADMIN_HEADERS } from '../../services/credential-headers.ts';
import type { ServicesSession } from '../api-types.ts';

interface CreateRequest {
  origin: string;
  body: string;
  idempotencyKey: string;
  session: Pick<ServicesSession, 'method' | 'user_id' | 'chain'>;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Returns the request as a curl command. */
export function curlCommand({ origin, body, idempotencyKey, session }: CreateRequest): string {
  const credentials =
    session.method === 'token'
      ? ['Authorization: Bearer ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET']
      : [
          `${ADMIN_HEADERS.userId}: ${session.user_id}`,
          `${ADMIN_HEADERS.key}: SESSION_KEY`,
          `${ADMIN_HEADERS.chain}: ${session.chain}`,
        ];
  const headers = [...credentials, 'Content-Type: application/json', `Idempotency-Key: ${idempotencyKey}`];
  return [
    `curl ${quoted(`${origin}/tasks`)}`,
    ...headers.map((header) => `-H ${quoted(header)}`),
    `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** Returns a new key. `crypto.randomUUID` is missing on http hosts. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
