/** Contestants must return the same tasks before their speed means anything. */
import { isDeepStrictEqual } from 'node:util';
import type { HttpRequest, HttpResponse } from './client.ts';
import { requestOnce, type Server } from './contestants.ts';

/** @throws Error when two servers response one of the requests differently */
export async function requireSameResponses(
  one: Server,
  other: Server,
  requests: readonly HttpRequest[],
): Promise<void> {
  for (const request of requests) {
    requireSame(request, await requestOnce(one, request), await requestOnce(other, request));
  }
}

/** @throws Error when the tasks or the total of two responses differ */
export function requireSame(request: HttpRequest, one: HttpResponse, other: HttpResponse): void {
  requireEqual(request.path, one.json(), other.json());
  requireEqual(`the total of ${request.path}`, one.header('X-Total-Count'), other.header('X-Total-Count'));
}

export function requireEqual(what: string, one: unknown, other: unknown): void {
  if (isDeepStrictEqual(one, other)) return;
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 2000);
  throw new Error(`Two servers differ in ${what}:\n${show(one)}\n${show(other)}`);
}
