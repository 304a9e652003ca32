import { expect, onTestFinished } from 'vitest';
import { type CachedServer, type CachedServerOptions, openCachedServer } from './cached-server.ts';
import type { RawResponse } from './raw-http.ts';

/** Opens a server that is closed when the test ends. */
export async function openServer(options?: CachedServerOptions): Promise<CachedServer> {
  const server = await openCachedServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** Joins the lines of a request head. */
export const requestHead = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

/** Encodes each character as one byte. 0xA0 is white space in JavaScript, but not in HTTP. */
export const encodeLatin1 = (text: string) => Buffer.from(text, 'latin1');

/** Expects an error response that the server writes itself, without the app. */
export function expectServerError({ headers, body }: RawResponse, sentence: string): void {
  expect(JSON.parse(body)).toEqual({ error: sentence });
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^(fresh-id|[\w-]{36})$/),
  });
  expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000);
}
