/** The health file, in which the main process of a container writes its state for `taskgate health`. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { SECRET_FILE_MODE } from '../lib/file-permissions.ts';
import { processIdentity } from '../lib/process-identity.ts';
import { reasonOf } from '../lib/text.ts';

const healthRecord = z.object({
  pid: z.int(),
  /** Differs from that of a later process with the same pid. Only Linux has it. */
  identity: z.string().optional(),
  /** The command, without options: `serve`, `tokens list`. */
  command: z.string(),
  /** The address of `serve`; absent until it listens. */
  address: z.object({ address: z.string(), port: z.int() }).optional(),
  /** When `work` last read the database, in Unix milliseconds. */
  checkedAt: z.number().optional(),
});

export type HealthRecord = z.infer<typeof healthRecord>;

/** Replaces the state of this process in its health file. */
export type ReportHealth = (state: Pick<HealthRecord, 'address' | 'checkedAt'>) => void;

/** Much larger than any record. */
const MAX_RECORD_BYTES = 4096;

/** The commands that a health check monitors. */
const MAIN_COMMANDS = ['serve', 'work'];

/**
 * Claims the health file for this process, unless another process that still runs has claimed it. So a command in the
 * container of a server does not replace the record of the server. `serve` and `work` also replace a record without an
 * identity.
 * @param path undefined if there is no health file
 * @param onWarning receives a sentence for the operator if the file cannot be written
 * @returns a function that reports the state; it does nothing if another process has claimed the file
 * @throws ConfigError if the path is not that of a health file; the file is not changed
 */
export function claimHealthFile(
  path: string | undefined,
  command: string,
  onWarning: (message: string) => void,
): ReportHealth {
  if (path === undefined) return () => {};
  const problem = findHealthFileProblem(path);
  if (problem !== undefined) throw new ConfigError(`The configuration is wrong: ${problem}.`);
  if (isClaimedByAnother(path, command)) return () => {};
  const identity = processIdentity(process.pid);
  const report: ReportHealth = (state) => {
    try {
      // Another program may have replaced the file.
      const reason = findHealthFileProblem(path);
      if (reason !== undefined) onWarning(reason);
      else writeRecord(path, { pid: process.pid, identity, command, ...state });
    } catch (error) {
      onWarning(`the health file ${path} cannot be written: ${reasonOf(error)}`);
    }
  };
  report({});
  return report;
}

/** Returns the record of a health file; undefined if there is no valid record. */
export function readHealthFile(path: string): HealthRecord | undefined {
  try {
    // Reading a named pipe would wait for its writer.
    if (!isSmallFile(statSync(path))) return undefined;
    return healthRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

export function isRunning({ pid, identity }: HealthRecord): boolean {
  const current = processIdentity(pid);
  if (identity !== undefined && current !== undefined) return identity === current;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isClaimedByAnother(path: string, command: string): boolean {
  const record = readHealthFile(path);
  if (record === undefined || record.pid === process.pid || !isRunning(record)) return false;
  return record.identity !== undefined || !MAIN_COMMANDS.includes(command);
}

/** Returns why a path cannot be used for the health file, as a sentence without a full stop: its file would be lost. */
function findHealthFileProblem(path: string): string | undefined {
  const stats = statIfPresent(path);
  if (stats === undefined || (stats.isFile() && stats.size === 0)) return undefined;
  if (isSmallFile(stats) && readHealthFile(path) !== undefined) return undefined;
  const found = stats.isDirectory() ? 'a folder' : stats.isFile() ? 'another file' : 'no regular file';
  return `HEALTH_FILE must name a file that taskgate may replace, and ${path} is ${found}; set it to the path of a new file`;
}

const isSmallFile = (stats: Stats) => stats.isFile() && stats.size <= MAX_RECORD_BYTES;

function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // There is no file, or this process cannot access it. Writing it reports the reason.
    return undefined;
  }
}

/** Replaces the file atomically, so that readers see complete records. */
function writeRecord(path: string, record: HealthRecord): void {
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(temporary, JSON.stringify(record), { mode: SECRET_FILE_MODE, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
