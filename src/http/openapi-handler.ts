/** `GET /openapi.json` (contract C): public on both hosts, because the document holds no data. */
import type { Context } from 'hono';
import { asJsonText } from '../json-text.ts';
import { cacheHeaders } from './cache-control.ts';
import { cacheableJson } from './respond.ts';

/**
 * Creates the handler that returns the OpenAPI document of an API, with an ETag.
 * @param routingHeaders names of the request headers that determine the host of a request
 */
export function createDocumentHandler(document: object, routingHeaders: readonly string[]) {
  const options = { cacheHeaders: cacheHeaders('no-cache', routingHeaders) };
  let text: string | undefined;
  return (c: Context) => {
    text ??= JSON.stringify(document);
    return cacheableJson(c, asJsonText<object>(text), options);
  };
}
