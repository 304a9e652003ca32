import type { ChildProcess } from 'node:child_process';

/**
 * Tracks the last connection that the primary process sent to a worker. If a worker is killed before it accepts the
 * connection, Node.js keeps it open in the primary process, and the client would wait forever.
 * @returns a function that closes that connection; call it when the worker has ended. An accepted connection is already closed
 * in this process
 */
export function trackUnacceptedConnection(worker: ChildProcess): () => void {
  let last: { close(): void } | undefined;
  // node:cluster sends one connection at a time: the next one after the worker has accepted the last.
  worker.send = new Proxy(worker.send, {
    apply(send, self, args: unknown[]) {
      if (isClosable(args[1])) last = args[1];
      return Reflect.apply(send, self, args);
    },
  });
  return () => last?.close();
}

const isClosable = (handle: unknown): handle is { close(): void } =>
  typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
