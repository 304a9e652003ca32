/** Checks that the compared servers return the same tasks. */
import { isDeepStrictEqual } from 'node:util';
import type { HttpRequest, HttpResponse } from './http-client.ts';
import { type Server, sendOnce } from './server-process.ts';

/** @throws Error when two servers respond differently to a request */
export async function requireSameResponses(
  one: Server,
  other: Server,
  requests: readonly HttpRequest[],
): Promise<void> {
  for (const request of requests) {
    requireSameResponse(request, await sendOnce(one, request), await sendOnce(other, request));
  }
}

/** @throws Error if the tasks or the total of two responses differ */
export function requireSameResponse(request: HttpRequest, one: HttpResponse, other: HttpResponse): void {
  requireEqual(request.path, one.json(), other.json());
  requireEqual(`the total of ${request.path}`, one.header('X-Total-Count'), other.header('X-Total-Count'));
}

/** @param name what is compared, for the error message */
export function requireEqual(name: string, one: unknown, other: unknown): void {
  if (isDeepStrictEqual(one, other)) return;
  const toText = (value: unknown) => JSON.stringify(value)?.slice(0, 2000);
  throw new Error(`Two servers differ in ${name}:\n${toText(one)}\n${toText(other)}`);
}
