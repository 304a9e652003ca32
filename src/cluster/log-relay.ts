import type { Readable } from 'node:stream';
import type { DestinationStream } from 'pino';

const LINE_END = '\n'.charCodeAt(0);

/**
 * Copies the log of a worker to the one log of all processes, whole lines at a time. If the workers wrote to the same pipe
 * themselves, the system would mix their lines: it keeps a write in one piece only up to 4096 bytes.
 * The unfinished last line of a worker that was killed is dropped.
 */
export function relayLines(from: Readable, to: DestinationStream): void {
  let rest: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(LINE_END) + 1;
    if (end > 0) {
      to.write(Buffer.concat([...rest, chunk.subarray(0, end)]).toString());
      rest = [];
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
  });
  // A worker's pipe that breaks means that the worker ends, which is noticed by itself.
  from.on('error', () => {});
}
