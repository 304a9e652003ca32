import type { Readable } from 'node:stream';
import type { LogWriter } from '../log.ts';

/**
 * Copies the log of a worker to the one log of all processes, whole lines at a time. If the workers wrote to the same pipe
 * themselves, the system would mix their lines: it keeps a write in one piece only up to 4096 bytes.
 * It reads no faster than the log is written, since a log that falls behind drops lines.
 * The unfinished last line of a worker that was killed is dropped.
 */
export async function relayLines(from: Readable, to: LogWriter): Promise<void> {
  let unfinished = '';
  try {
    for await (const chunk of from.setEncoding('utf8')) {
      const text: string = unfinished + chunk;
      const end = text.lastIndexOf('\n') + 1;
      unfinished = text.slice(end);
      if (end === 0) continue;
      to.write(text.slice(0, end));
      await to.drained();
    }
  } catch {
    // A pipe that breaks means that its worker ends, which the supervisor notices.
  }
}
