import type { ChildProcess } from 'node:child_process';

/**
 * Remembers the connection that a worker was handed last.
 * @returns closes that connection if the worker has not accepted it; to be called when the worker was killed. Node.js itself
 * keeps such a connection open in the primary process, so that its client would wait for ever. One that the worker has
 * accepted is closed here already.
 */
export function trackUnacceptedConnection(worker: ChildProcess): () => void {
  let last: { close(): void } | undefined;
  // node:cluster hands over one connection at a time, the next one after the worker has accepted it.
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
