import type { Readable } from 'node:stream';
import type { DestinationStream } from 'pino';

/**
 * Copies the log of a worker to the one log of all processes, whole lines at a time. If the workers wrote to the same pipe
 * themselves, the system would mix their lines: it keeps a write in one piece only up to 4096 bytes.
 * The unfinished last line of a worker that was killed is dropped.
 */
export function relayLines(from: Readable, to: DestinationStream): void {
  let unfinished = '';
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) {
      to.write(unfinished + chunk.slice(0, end));
      unfinished = chunk.slice(end);
    } else {
      unfinished += chunk;
    }
  });
  // A pipe that breaks means that its worker ends, which the supervisor notices.
  from.on('error', () => {});
}
