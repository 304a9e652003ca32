import type { Socket } from 'node:net';

/** So many requests share a reading: well under the 1,024 sockets that the event loop asks the system for at once. */
const MOST_SHARED = 500;

/**
 * Reads the version of the data once for all requests that the event loop found waiting, since reading it costs as
 * much as parsing one of them. A request never gets one that was read before it began to arrive: the loop learned of
 * every socket that it serves in a turn before the first of them was served, and the second request of a socket in a
 * turn, which may have come meanwhile, has it read anew.
 * @returns the version for a request that its socket has just brought; call it in no timer and no immediate
 */
export function createPolledVersion(version: () => number): (socket: Socket) => number {
  const servedIn = new WeakMap<Socket, number>();
  let known: number | undefined;
  let shared = 0;
  let turn = 0;
  // Immediates run right after the sockets were served.
  const end = () => {
    known = undefined;
    turn += 1;
  };
  return (socket) => {
    if (known === undefined) setImmediate(end);
    if (known === undefined || shared >= MOST_SHARED || servedIn.get(socket) === turn) {
      known = version();
      shared = 0;
    }
    shared += 1;
    servedIn.set(socket, turn);
    return known;
  };
}
