import type { Readable, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { ConfigError, type Environment } from '../config.ts';
import { DatabaseError, isBusy, isFrozen, isUnavailable, missingRight, missingTable } from '../db/errors.ts';
import { ListenError } from '../http/listen-error.ts';
import { messageOf, visible } from '../lib/text.ts';
import type { LogWriter } from '../log.ts';

/** The environment of a command: variables, streams, clock, random source and signals. */
export interface CommandContext {
  env: Environment;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  /** Unix milliseconds. */
  now(): number;
  /** Returns random bytes for ids and secrets. */
  randomBytes(count: number): Buffer;
  /**
   * Calls `listener` when the process is asked to stop, instead of ending it.
   * @returns a function that restores the usual behaviour
   */
  onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The environment of commands that run until they are stopped. */
export interface ServeContext extends CommandContext {
  /** Where the log goes. */
  logDestination: LogWriter;
  /** Resolves when the process is asked to stop. */
  stopRequested(): Promise<void>;
}

/** Waits for a command and stores its exit code. */
export type SetExitCode = (code: Promise<number>) => Promise<void>;

/** A command failed. The message is one sentence for the operator. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/**
 * Prints one JSON value on a line of stdout. The line end is a separate write, because a full disk shortens a write
 * without an error; only the next write fails.
 */
export function printJson({ stdout }: CommandContext, value: unknown): void {
  stdout.write(JSON.stringify(value));
  stdout.write('\n');
}

/** Prints one message line on stderr. */
export function printMessage(context: CommandContext, message: string): void {
  context.stderr.write(`${message}\n`);
}

/** Runs a command and returns its exit code. Prints an error on stderr in one sentence; commander prints its own errors. */
export async function exitCodeOf(context: CommandContext, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    printMessage(context, `taskgate: ${visible(sentenceOf(error))}`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

/** Errors whose message is a sentence for the operator. */
const ERRORS_FOR_OPERATORS = [CommandError, ConfigError, DatabaseError, ListenError];

/** Describes an error in one sentence, for the operator. */
export function sentenceOf(error: unknown): string {
  // Any use of a relative path throws it.
  if (error instanceof Error && /\buv_cwd\b/.test(error.message)) {
    return (
      'The working directory was removed, and a path is relative to it; ' +
      'start taskgate in another directory, or set DATABASE_URL, EXPORTS_DIR and other paths to absolute ones.'
    );
  }
  if (error instanceof Error && ERRORS_FOR_OPERATORS.some((type) => error instanceof type))
    return error.message;
  if (isFrozen(error)) {
    return 'The database is frozen, so it refuses changes; taskgate unfreeze lets it be changed again.';
  }
  if (isBusy(error)) {
    return (
      'The database cannot be used right now: another process holds its write lock (database is locked); ' +
      'try again when that process has finished.'
    );
  }
  if (isUnavailable(error)) return `The database cannot be used right now: ${messageOf(error)}.`;
  const right = missingRight(error);
  if (right !== undefined) {
    return (
      `The user of the database lacks a right that this command needs: ${right}; ` +
      'use the URL of the owner of the database.'
    );
  }
  const table = missingTable(error);
  if (table !== undefined) {
    return (
      `The database has no table ${table}, so another program has removed it; restore the database from a backup, ` +
      'because taskgate migrate and taskgate check --repair do not create it again.'
    );
  }
  return `The command failed unexpectedly: ${messageOf(error)}.`;
}
