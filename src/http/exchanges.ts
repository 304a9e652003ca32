import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/**
 * The state of a connection:
 * - `idle`: every response has been written out;
 * - `receiving`: the body of the only open request is incomplete, and no byte of its response has been sent;
 * - `responding`: a response is being computed or written;
 * - `flushing`: all responses are complete and wait to be written out.
 * The last response is in `outgoing`.
 */
export type ConnectionState =
  | { name: 'idle' }
  | { name: 'receiving' | 'responding' | 'flushing'; outgoing: ServerResponse };

/** Creates a tracker of the open requests of each connection. With pipelining, a connection has several. */
export function createExchangeTracker() {
  const openExchanges = new WeakMap<Duplex, Exchange[]>();

  return {
    add(incoming: IncomingMessage, outgoing: ServerResponse): void {
      const open = openExchanges.get(incoming.socket);
      // Responses are sent in sequence: when the last one is written out, all are.
      if (open === undefined || open.at(-1)?.outgoing.writableFinished) {
        openExchanges.set(incoming.socket, [{ incoming, outgoing }]);
      } else {
        open.push({ incoming, outgoing });
      }
    },

    stateOf(socket: Duplex): ConnectionState {
      const open = openExchanges.get(socket)?.filter(({ outgoing }) => !outgoing.writableFinished) ?? [];
      const last = open.at(-1);
      if (last === undefined) return { name: 'idle' };
      const { incoming, outgoing } = last;
      if (open.every((exchange) => exchange.outgoing.writableEnded)) return { name: 'flushing', outgoing };
      const isReceiving = open.length === 1 && !incoming.complete && !outgoing.headersSent;
      return { name: isReceiving ? 'receiving' : 'responding', outgoing };
    },

    /** True if the body of the last request has not arrived in full. */
    isBodyIncomplete: (socket: Duplex) => openExchanges.get(socket)?.at(-1)?.incoming.complete === false,
  };
}
