import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** A client disconnected before its request body had arrived in full: no error of ours, and nobody reads a response. */
export class RequestAbortedError extends Error {
  override readonly name = 'RequestAbortedError';
}

/** The status that the log has for an aborted request, as with nginx; it is never sent. */
export const ABORTED_STATUS = 499;

/** True if the connection of a request has closed before its body arrived in full. */
export function isAborted(c: Context): boolean {
  const { incoming }: Partial<HttpBindings> = c.env ?? {};
  return incoming?.destroyed === true && !incoming.complete;
}
