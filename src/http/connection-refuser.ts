import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RefusalLog } from './access-log.ts';
import { type Refusal, rawRefusal, requestIdOf } from './early-response.ts';
import type { createExchangeTracker } from './exchanges.ts';
import { isHeadRequest, isRequestError, type ParserError, refusalOf } from './parser-errors.ts';

export interface ConnectionRefuserOptions {
  exchanges: ReturnType<typeof createExchangeTracker>;
  refusalLog: RefusalLog;
  newRequestId(): string;
}

/** How long a client may read a refusal before the connection is destroyed, in milliseconds. */
const LINGER_MS = 1000;

const CONNECT_REFUSAL: Refusal = {
  status: 501,
  error: 'The request method CONNECT is not implemented; this server is not a proxy',
};

/** Refuses requests for which Node makes no response object, by writing to the connection itself. */
export function createConnectionRefuser({ exchanges, refusalLog, newRequestId }: ConnectionRefuserOptions) {
  const refused = new WeakSet<Duplex>();

  function refuse(socket: Duplex, refusal: Refusal, requestId: string, isHead = false): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(rawRefusal(refusal, requestId, { isHead }));
    // Closing at once, with bytes of the client unread, would reset the connection before the client has the response.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  return {
    /** Refuses a CONNECT, which Node hands over as a bare connection. */
    refuseConnect(incoming: IncomingMessage, socket: Duplex): void {
      socket.on('error', () => {});
      socket.resume();
      const requestId = requestIdOf(incoming, newRequestId);
      refusalLog.refused(CONNECT_REFUSAL, requestId, incoming);
      const state = exchanges.stateOf(socket);
      const answer = () => refuse(socket, CONNECT_REFUSAL, requestId);
      // The responses to earlier requests come first.
      if (state.name === 'idle') answer();
      else state.outgoing.once('close', answer);
    },

    /**
     * Refuses a request that Node's parser did not accept: `curl '…=É'`, an endless URL, no HTTP at all. A response
     * that is being computed or written is never mixed with the refusal: its connection is destroyed instead.
     */
    refuseInvalid(error: ParserError, socket: Duplex): void {
      // The parser reports every further packet of a refused connection too.
      if (refused.has(socket)) return;
      // After a request with `Connection: close` any bytes are ignored (RFC 9112, 9.6); its response is still due.
      if (error.code === 'HPE_CLOSED_CONNECTION') return;
      if (!isRequestError(error) || !socket.writable || isSilent(socket)) {
        socket.destroy();
        return;
      }
      refused.add(socket);
      const state = exchanges.stateOf(socket);
      const isCutBody = exchanges.isBodyIncomplete(socket);
      // A body that ends early is an aborted request, which its API logs.
      if (error.code === 'HPE_INVALID_EOF_STATE' && isCutBody && state.name !== 'idle') {
        socket.destroy();
        return;
      }
      const refusal = refusalOf(error);
      const requestId = newRequestId();
      const answer = () => refuse(socket, refusal, requestId, isHeadRequest(error));
      refusalLog.refused(refusal, requestId);
      if (state.name === 'responding') socket.destroy();
      else if (state.name === 'flushing') {
        // The request of an incomplete body has its response already.
        state.outgoing.once('close', isCutBody ? () => socket.destroy() : answer);
      } else answer();
    },
  };
}

/** True if a client has connected and sent nothing: there is no request to answer. */
const isSilent = (socket: Duplex) => socket instanceof Socket && socket.bytesRead === 0;
