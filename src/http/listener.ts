import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type RequestLog, since, withoutQuery } from './access-log.ts';
import { matchesEtag } from './etag.ts';
import type { Asked, Kept, KeptAnswers } from './kept-answers.ts';
import type { Keeping } from './respond.ts';
import { createTurns } from './turns.ts';

export interface ListenerOptions {
  fetch(request: Request, env: HttpBindings & Keeping): Response | Promise<Response>;
  kept: KeptAnswers;
  requestLog: RequestLog;
  newRequestId(): string;
  /** Milliseconds that only go forward. */
  clock(): number;
  /** True once the server is shutting down; then nothing kept is sent. */
  isDraining(): boolean;
}

/** A request that a kept answer may do for. */
interface Exchange {
  asked: Asked;
  /** Milliseconds of the clock. */
  start: number;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/** Listens for node:http: sends what is kept for a request at once, and hands any other to `fetch`. */
export function createListener(options: ListenerOptions): RequestListener {
  const { kept, requestLog, newRequestId, clock, isDraining } = options;
  const answer = getRequestListener(
    (request, env) => {
      // The listener of node:http/1 that we are hands over an IncomingMessage of it.
      const bindings = env as HttpBindings;
      const asked = kept.read(bindings.incoming);
      return options.fetch(request, asked ? { ...bindings, keep: kept.keeperFor(asked) } : bindings);
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

  const writers = new WeakMap<Kept, ReturnType<RequestLog['writerFor']>>();
  function writerFor(found: Kept, { asked: { host }, incoming: { method = '', url = '' } }: Exchange) {
    let writer = writers.get(found);
    if (!writer) {
      writer = requestLog.writerFor({ method, host, path: withoutQuery(url) });
      writers.set(found, writer);
    }
    return writer;
  }

  function send(found: Kept, exchange: Exchange): void {
    const { asked, start, outgoing } = exchange;
    const requestId = isPlainWord(asked.requestId) ? asked.requestId : newRequestId();
    const isKnown = asked.ifNoneMatch !== undefined && matchesEtag(asked.ifNoneMatch, found.etag);
    if (isKnown) outgoing.writeHead(304, ['ETag', found.etag, 'X-Request-Id', requestId]).end();
    else outgoing.writeHead(200, [...found.rawHeaders, 'X-Request-Id', requestId]).end(found.body);
    writerFor(found, exchange)({ requestId, status: isKnown ? 304 : 200, ms: since(start, clock) });
  }

  const turns = createTurns<Exchange>({
    take: ({ incoming, outgoing }) => answer(incoming, outgoing),
    // What the first of them was answered was read after all of them had come.
    follow: (exchange) => {
      const made = isDraining() ? undefined : kept.find(exchange.asked);
      if (made && made.begunAt >= exchange.start) send(made, exchange);
      else answer(exchange.incoming, exchange.outgoing);
    },
  });

  return (incoming, outgoing) => {
    const asked = isDraining() ? undefined : kept.read(incoming);
    const found = asked && kept.find(asked);
    if (!asked || !found) {
      answer(incoming, outgoing);
      return;
    }
    const exchange = { asked, start: clock(), incoming, outgoing };
    if (kept.isCurrent(found, incoming.socket)) send(found, exchange);
    else turns.wait(asked.key, found.dueAt - exchange.start, exchange);
  };
}

/** What counts as a client's own request id: the rule of Hono's `requestId`. */
const isPlainWord = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 255 && /^[\w\-=]+$/.test(text);
