import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type DestinationStream, pino } from 'pino';

/** Where log lines are written. */
export interface LogWriter extends DestinationStream {
  /** Resolves when all that was passed on is written or the log has ended, and after a quarter of a second at the latest. */
  drained(): Promise<void>;
}

/** A destination for the log, and how to end it. */
export interface LogDestination extends LogWriter {
  /** Resolves when all that was written is out, or cannot be. */
  end(): Promise<void>;
}

/** Lines are written together, since a write per line would cost a busy server a third of its answers. */
const WRITTEN_AT_ONCE = 32 * 1024;
const WRITTEN_EVERY_MS = 100;

/** Characters that wait to be written; what comes beyond them is dropped. */
const MOST_WAITING = 1024 * 1024;

const MAX_DRAIN_MS = 250;

/**
 * Writes the log to standard output, apart from the work that it tells of and at most a tenth of a second after it.
 * When it cannot be written (the reader has gone, the disk is full) the log ends and the work goes on: a destination
 * left in that state would try for ever.
 */
export function openLog(): LogDestination {
  const stream = pino.destination({ fd: 1, sync: false, maxLength: MOST_WAITING });
  let isOpen = true;
  let isDrained = true;
  // Joined here and not by the destination, which measures all that it holds anew with every line.
  let lines: string[] = [];
  let length = 0;
  const pass = () => {
    if (isOpen && lines.length > 0) isDrained = stream.write(lines.join(''));
    lines = [];
    length = 0;
  };
  const timer = setInterval(pass, WRITTEN_EVERY_MS).unref();
  stream.on('drain', () => {
    isDrained = true;
  });
  stream.on('error', () => {
    isOpen = false;
    stream.destroy();
  });
  return {
    write: (line) => {
      if (!isOpen) return;
      lines.push(line);
      length += line.length;
      if (length >= WRITTEN_AT_ONCE) pass();
    },
    drained: async () => {
      if (!isOpen || isDrained) return;
      const waiting = new AbortController();
      const { signal } = waiting;
      // A log that has ended rejects.
      const drain = once(stream, 'drain', { signal }).catch(() => {});
      await Promise.race([drain, setTimeout(MAX_DRAIN_MS, undefined, { signal }).catch(() => {})]);
      waiting.abort();
    },
    end: async () => {
      clearInterval(timer);
      pass();
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
