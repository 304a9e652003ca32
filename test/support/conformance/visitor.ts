import { expect } from 'vitest';

/** A request of a walk. The body is JSON unless the headers say otherwise. */
export interface Visit {
  headers?: Record<string, string>;
  body?: string;
}

export type Visitor = ReturnType<typeof createVisitor>;

/**
 * Creates a function that sends requests to a server and expects a status.
 * @param url like `http://127.0.0.1:4010`
 */
export const createVisitor =
  (url: string) =>
  /** @param line method and target, like `GET /tasks?limit=1` */
  async (status: number, line: string, { headers = {}, body }: Visit = {}) => {
    const [method = '', target = ''] = line.split(' ');
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const init = { method, headers: { ...type, ...headers }, ...(body !== undefined && { body }) };
    const response = await fetch(url + target, init);
    const text = await response.text();
    expect(response.status, `${line}: ${text}`).toBe(status);
    return { headers: response.headers, text };
  };

/** The request header of a body that the gateway cannot decode. */
export const GZIP = { 'Content-Encoding': 'gzip' };

/** Returns the ETag of a response. */
export const etagOf = (response: { headers: Headers }): string => response.headers.get('etag') ?? '';
