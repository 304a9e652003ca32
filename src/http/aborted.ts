import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** The client disconnected before its request body had arrived in full. This is not a server error. */
export class RequestAbortedError extends Error {
  override readonly name = 'RequestAbortedError';
}

/** The status of an aborted request in the log, as in nginx. It is never sent. */
export const ABORTED_STATUS = 499;

/** Returns true if the connection of a request has closed before its body arrived in full. */
export function isAborted(c: Context): boolean {
  const { incoming }: Partial<HttpBindings> = c.env ?? {};
  return incoming?.destroyed === true && !incoming.complete;
}
