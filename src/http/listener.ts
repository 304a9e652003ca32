import type { IncomingMessage, RequestListener } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type LogRequest, since } from './access-log.ts';
import type { KeptAnswers } from './kept-answers.ts';
import type { Keeping } from './respond.ts';

export interface ListenerOptions {
  fetch(request: Request, env: HttpBindings & Keeping): Response | Promise<Response>;
  kept: KeptAnswers;
  logRequest: LogRequest;
  newRequestId(): string;
  /** Milliseconds that only go forward. */
  clock(): number;
  /** True once the server is shutting down; then nothing kept is sent. */
  isDraining(): boolean;
}

/** Listens for node:http: sends what is kept for a request at once, and hands any other to `fetch`. */
export function createListener(options: ListenerOptions): RequestListener {
  const { kept, logRequest, newRequestId, clock, isDraining } = options;
  const answer = getRequestListener(
    (request, env) => {
      // The listener of node:http/1 that we are hands over an IncomingMessage of it.
      const bindings = env as HttpBindings;
      const keepable = kept.keepable(bindings.incoming);
      return options.fetch(
        request,
        keepable ? { ...bindings, keep: (made) => kept.keep(keepable, made) } : bindings,
      );
    },
    {
      // A target or Host header that is no URL reaches no API, so it has no API's shape.
      errorHandler: () =>
        new Response('{"error":"The request target or the Host header is malformed"}', {
          status: 400,
          headers: { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': newRequestId() },
        }),
    },
  );

  return (incoming, outgoing) => {
    const keepable = isDraining() ? undefined : kept.keepable(incoming);
    if (keepable) {
      const start = clock();
      const requestId = requestIdOf(incoming) ?? newRequestId();
      const status = kept.send(keepable, incoming, outgoing, requestId);
      if (status !== undefined) {
        const { method = '', headers, url = '' } = incoming;
        const end = url.indexOf('?');
        const path = end === -1 ? url : url.slice(0, end);
        logRequest({ requestId, method, host: headers.host, path, status, ms: since(start, clock) });
        return;
      }
    }
    answer(incoming, outgoing);
  };
}

/** The client's own request id, if it is a plain word: the rule of Hono's `requestId`. */
function requestIdOf(incoming: IncomingMessage): string | undefined {
  const sent = incoming.headers['x-request-id'];
  return typeof sent === 'string' && sent.length <= 255 && /^[\w\-=]+$/.test(sent) ? sent : undefined;
}
