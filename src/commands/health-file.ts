/** The health file: what the main process of a container writes about itself, for `taskgate health`. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SECRET_FILE_MODE } from '../lib/file-permissions.ts';
import { messageOf } from './command.ts';

const healthRecord = z.object({
  pid: z.int(),
  /** The command, without options: `serve`, `tokens list`. */
  command: z.string(),
  /** Where `serve` listens, once it does. */
  address: z.object({ address: z.string(), port: z.int() }).optional(),
  /** Unix milliseconds at which `work` last read the database. */
  checkedAt: z.number().optional(),
});

export type HealthRecord = z.infer<typeof healthRecord>;

/** Replaces the state of this process in its health file. */
export type ReportHealth = (state: Pick<HealthRecord, 'address' | 'checkedAt'>) => void;

/**
 * Makes the health file describe this process, unless it describes another one that still runs: a command that is run
 * in the container of a server does not take the server's place.
 * @param path undefined if there is no health file
 * @param onWarning called with one sentence for the operator if the file cannot be written
 * @returns how to report; it does nothing if the file does not describe this process
 */
export function claimHealthFile(
  path: string | undefined,
  command: string,
  onWarning: (message: string) => void,
): ReportHealth {
  if (path === undefined || isOwnedByAnother(path)) return () => {};
  const report: ReportHealth = (state) => {
    try {
      writeRecord(path, { pid: process.pid, command, ...state });
    } catch (error) {
      onWarning(`the health file cannot be written: ${messageOf(error)}`);
    }
  };
  report({});
  return report;
}

/** Returns the record of a health file; undefined if there is none, or it is no such record. */
export function readHealthFile(path: string): HealthRecord | undefined {
  try {
    return healthRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

export function isRunning({ pid }: HealthRecord): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isOwnedByAnother(path: string): boolean {
  const record = readHealthFile(path);
  return record !== undefined && record.pid !== process.pid && isRunning(record);
}

/** Replaces the file as a whole, so that nobody reads half of a record. */
function writeRecord(path: string, record: HealthRecord): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(record), { mode: SECRET_FILE_MODE });
  renameSync(unfinished, path);
}
