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

/** How long a client may read a refusal before its connection is destroyed. */
const LINGER_MS = 1000;

const CONNECT_REFUSAL: Refusal = {
  status: 501,
  error: 'The request method CONNECT is not implemented; this server is not a proxy',
};

/** Creates functions that refuse requests without a response object, by writing to the socket. */
export function createConnectionRefuser({ exchanges, refusalLog, newRequestId }: ConnectionRefuserOptions) {
  const refused = new WeakSet<Duplex>();

  function refuse(socket: Duplex, refusal: Refusal, requestId: string, isHead = false): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(rawRefusal(refusal, requestId, { isHead }));
    // Closing now, with unread bytes, would reset the connection before the client has read the response.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  return {
    /** Refuses a CONNECT request, for which Node passes only the socket. */
    refuseConnect(incoming: IncomingMessage, socket: Duplex): void {
      socket.on('error', () => {});
      socket.resume();
      const requestId = requestIdOf(incoming, newRequestId);
      refusalLog.refused(CONNECT_REFUSAL, requestId, incoming.socket, incoming);
      const state = exchanges.stateOf(socket);
      const answer = () => refuse(socket, CONNECT_REFUSAL, requestId);
      // Responses to earlier requests must be sent first.
      if (state.name === 'idle') answer();
      else state.outgoing.once('close', answer);
    },

    /**
     * Refuses a request that Node's parser rejected, such as `curl '…=É'`, a very long URL or data that is not HTTP. If
     * a response to an earlier request is being computed or written, the connection is destroyed instead.
     */
    refuseInvalid(error: ParserError, socket: Duplex): void {
      // The parser reports later packets of a refused connection too.
      if (refused.has(socket)) return;
      // Bytes after a request with `Connection: close` are ignored (RFC 9112, 9.6). Its response must still be sent.
      if (error.code === 'HPE_CLOSED_CONNECTION') return;
      if (!isRequestError(error) || !socket.writable || isSilent(socket)) {
        socket.destroy();
        return;
      }
      refused.add(socket);
      const state = exchanges.stateOf(socket);
      const isCutBody = exchanges.isBodyIncomplete(socket);
      // The request was aborted during its body, and its API logs that.
      if (error.code === 'HPE_INVALID_EOF_STATE' && isCutBody && state.name !== 'idle') {
        socket.destroy();
        return;
      }
      const refusal = refusalOf(error);
      const requestId = newRequestId();
      const answer = () => refuse(socket, refusal, requestId, isHeadRequest(error));
      refusalLog.refused(refusal, requestId, socket instanceof Socket ? socket : {});
      if (state.name === 'responding') socket.destroy();
      else if (state.name === 'flushing') {
        // The request with the incomplete body already has its response.
        state.outgoing.once('close', isCutBody ? () => socket.destroy() : answer);
      } else answer();
    },
  };
}

/** Returns true if a client has connected but sent nothing. */
const isSilent = (socket: Duplex) => socket instanceof Socket && socket.bytesRead === 0;
