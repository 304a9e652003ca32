import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type DestinationStream, pino } from 'pino';

/** A destination for the log, and how to end it. */
export interface LogDestination extends DestinationStream {
  /** Resolves when all that was written is out, or cannot be. */
  end(): Promise<void>;
}

/** Bytes that wait to be written; what comes beyond them is dropped. */
const MOST_WAITING = 1024 * 1024;

/**
 * Writes the log to standard output, apart from the work that it tells of. When it cannot be written (the reader has
 * gone, the disk is full) the log ends and the work goes on: a destination left in that state would try for ever.
 */
export function openLog(): LogDestination {
  const stream = pino.destination({ fd: 1, sync: false, maxLength: MOST_WAITING });
  let isOpen = true;
  stream.on('error', () => {
    isOpen = false;
    stream.destroy();
  });
  return {
    write: (line) => {
      if (isOpen) stream.write(line);
    },
    end: async () => {
      if (!isOpen) return;
      isOpen = false;
      // end() rather than flushSync(), which would overtake the write under way.
      const closed = once(stream, 'close').catch(() => {});
      stream.end();
      await Promise.race([closed, setTimeout(1000)]);
      stream.destroy();
    },
  };
}
