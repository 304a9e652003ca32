/** The health file: what the main process of a container writes about itself, for `taskgate health`. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { reasonOf } from '../lib/error-text.ts';
import { SECRET_FILE_MODE } from '../lib/file-permissions.ts';
import { processIdentity } from '../lib/process-identity.ts';

const healthRecord = z.object({
  pid: z.int(),
  /** Tells the process from a later one with the same pid; absent where the system does not tell. */
  identity: z.string().optional(),
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

/** Far more than a record has. */
const MAX_RECORD_BYTES = 4096;

/** The commands that a health check is for. */
const MAIN_COMMANDS = ['serve', 'work'];

/**
 * Makes the health file describe this process, unless it describes another one that still runs: a command that is run
 * in the container of a server does not take the server's place. `serve` and `work` also replace a record that cannot be
 * traced to a process.
 * @param path undefined if there is no health file
 * @param onWarning called with one sentence for the operator if the file cannot be written
 * @returns how to report; it does nothing if the file does not describe this process
 * @throws ConfigError if there is something else at the path, which is left as it is
 */
export function claimHealthFile(
  path: string | undefined,
  command: string,
  onWarning: (message: string) => void,
): ReportHealth {
  if (path === undefined) return () => {};
  const problem = whyNoHealthFile(path);
  if (problem !== undefined) throw new ConfigError(`The configuration is wrong: ${problem}.`);
  if (isOwnedByAnother(path, command)) return () => {};
  const identity = processIdentity(process.pid);
  const report: ReportHealth = (state) => {
    try {
      // Meanwhile another program may have put a file there.
      const reason = whyNoHealthFile(path);
      if (reason !== undefined) onWarning(reason);
      else writeRecord(path, { pid: process.pid, identity, command, ...state });
    } catch (error) {
      onWarning(`the health file ${path} cannot be written: ${reasonOf(error)}`);
    }
  };
  report({});
  return report;
}

/** Returns the record of a health file; undefined if there is none, or it is no such record. */
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
    // A process of another user may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isOwnedByAnother(path: string, command: string): boolean {
  const record = readHealthFile(path);
  if (record === undefined || record.pid === process.pid || !isRunning(record)) return false;
  return record.identity !== undefined || !MAIN_COMMANDS.includes(command);
}

/** Returns why a path cannot be that of the health file, as a sentence without its full stop: the file would be lost. */
function whyNoHealthFile(path: string): string | undefined {
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
    // There is no file, or none that this process can reach; writing it says why.
    return undefined;
  }
}

/** Replaces the file as a whole, so that nobody reads half of a record. */
function writeRecord(path: string, record: HealthRecord): void {
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    writeFileSync(unfinished, JSON.stringify(record), { mode: SECRET_FILE_MODE, flag: 'wx' });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
