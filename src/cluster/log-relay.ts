import type { Readable } from 'node:stream';
import type { LogWriter } from '../log.ts';

/**
 * Copies the log of a worker to the common log, in whole lines. If the workers wrote to the same pipe, their lines would mix:
 * the system writes at most 4096 bytes atomically. Reads only as fast as the log is written, because a slow log drops
 * lines. Drops the incomplete last line of a killed worker.
 */
export async function relayLines(from: Readable, to: LogWriter): Promise<void> {
  let incomplete = '';
  try {
    for await (const chunk of from.setEncoding('utf8')) {
      const text: string = incomplete + chunk;
      const end = text.lastIndexOf('\n') + 1;
      incomplete = text.slice(end);
      if (end === 0) continue;
      to.write(text.slice(0, end));
      await to.drained();
    }
  } catch {
    // The pipe breaks when the worker ends. The supervisor handles that.
  }
}
