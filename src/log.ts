import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type DestinationStream, pino } from 'pino';

/** Receives log lines. */
export interface LogWriter extends DestinationStream {
  /** Resolves when all flushed lines are written or the log has ended, at the latest after 250 ms. */
  drained(): Promise<void>;
}

/** A log destination that can be closed. */
export interface LogDestination extends LogWriter {
  /** Writes the remaining lines and closes the log. Resolves at the latest after a second. */
  end(): Promise<void>;
}

/** Lines are buffered, because a write per line would cost a busy server a third of its throughput. */
const FLUSH_LENGTH = 32 * 1024;
const FLUSH_INTERVAL_MS = 100;

/** Characters that may wait to be written. Lines beyond this limit are dropped. */
const MAX_PENDING_LENGTH = 1024 * 1024;

const MAX_DRAIN_MS = 250;

/**
 * Opens the log on standard output. Lines are written asynchronously, within 100 ms. If writing fails (closed pipe, full
 * disk), the log ends and the process continues; otherwise pino would retry for ever.
 */
export function openLog(): LogDestination {
  const stream = pino.destination({ fd: 1, sync: false, maxLength: MAX_PENDING_LENGTH });
  let isOpen = true;
  let isDrained = true;
  // Joined here, because pino measures its whole buffer again with every line.
  let lines: string[] = [];
  let length = 0;
  const flush = () => {
    if (isOpen && lines.length > 0) isDrained = stream.write(lines.join(''));
    lines = [];
    length = 0;
  };
  const timer = setInterval(flush, FLUSH_INTERVAL_MS).unref();
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
      if (length >= FLUSH_LENGTH) flush();
    },
    drained: async () => {
      if (!isOpen || isDrained) return;
      const timeout = new AbortController();
      const { signal } = timeout;
      // Rejects if the log has ended.
      const drain = once(stream, 'drain', { signal }).catch(() => {});
      await Promise.race([drain, setTimeout(MAX_DRAIN_MS, undefined, { signal }).catch(() => {})]);
      timeout.abort();
    },
    end: async () => {
      clearInterval(timer);
      flush();
      if (!isOpen) return;
      isOpen = false;
      // flushSync() would overtake a write in progress.
      const closed = once(stream, 'close').catch(() => {});
      stream.end();
      await Promise.race([closed, setTimeout(1000)]);
      stream.destroy();
    },
  };
}
