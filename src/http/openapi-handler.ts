/** `GET /openapi.json` (contract C): public on both hosts, because the document holds no data. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { oas31 } from 'zod-openapi';
import { asJsonText } from '../json-text.ts';
import { cacheHeaders } from './cache-control.ts';
import { cacheableJson } from './respond.ts';

export interface DocumentOptions {
  /** Names of the request headers that determine the host of a request. */
  routingHeaders: readonly string[];
  /** Returns the scheme and host that the client used. */
  origin(request: Request, env: Partial<HttpBindings> | undefined): string;
}

/**
 * Creates the handler that returns the OpenAPI document of an API, with an ETag. Its server is the origin of the request:
 * clients append paths to the URL of the server, so neither `/` nor a reference relative to the document is correct.
 */
export function createDocumentHandler(
  { openapi, info, ...rest }: oas31.OpenAPIObject,
  { routingHeaders, origin }: DocumentOptions,
) {
  const options = { cacheHeaders: cacheHeaders('no-cache', routingHeaders) };
  let texts: { head: string; tail: string } | undefined;
  return (c: Context) => {
    texts ??= { head: JSON.stringify({ openapi, info }).slice(0, -1), tail: JSON.stringify(rest).slice(1) };
    const servers = JSON.stringify([{ url: origin(c.req.raw, c.env) }]);
    const text = `${texts.head},"servers":${servers},${texts.tail}`;
    return cacheableJson(c, asJsonText<{ openapi: string }>(text), options);
  };
}
