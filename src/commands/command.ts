import type { Readable, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { ConfigError, type Environment } from '../config.ts';
import { DatabaseError, isUnavailable } from '../db/open.ts';
import { ListenError } from '../http/listen-error.ts';
import { messageOf } from '../lib/error-text.ts';
import { visible } from '../lib/text.ts';
import type { LogWriter } from '../log.ts';

/** What a command may touch of the world outside. */
export interface CommandContext {
  env: Environment;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  /** Unix milliseconds. */
  now(): number;
  /** Random bytes for ids and secrets. */
  randomBytes(count: number): Buffer;
  /**
   * Calls `listener` when the process is asked to stop, instead of ending it.
   * @returns a function that restores the usual behaviour
   */
  onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** What `serve` and `work` need beyond the other commands. */
export interface ServeContext extends CommandContext {
  /** Where the log goes. */
  logDestination: LogWriter;
  /** Resolves when the process is asked to stop. */
  stopRequested(): Promise<void>;
}

/** A command did not do what was asked; the message is one sentence for the person who asked. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/**
 * Prints one JSON value on a line of stdout. The line end is written separately: a full disk cuts a write to a file
 * short without an error, and only the next write fails.
 */
export function printJson({ stdout }: CommandContext, value: unknown): void {
  stdout.write(JSON.stringify(value));
  stdout.write('\n');
}

/** Prints one message line on stderr. */
export function say(context: CommandContext, message: string): void {
  context.stderr.write(`${message}\n`);
}

/** The exit code of a command line; an error is told on stderr in one sentence (commander has told its own already). */
export async function exitCodeOf(context: CommandContext, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    say(context, `taskgate: ${visible(sentenceOf(error))}`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

/** Errors with a sentence for the person who ran the command as their message. */
const EXPLAINED = [CommandError, ConfigError, DatabaseError, ListenError];

/** Returns one sentence about an error, for the person who ran the command. */
export function sentenceOf(error: unknown): string {
  // Thrown wherever a relative path is used.
  if (error instanceof Error && /\buv_cwd\b/.test(error.message)) {
    return (
      'The working directory was removed, and a path is relative to it; ' +
      'start taskgate in another directory, or set DATABASE_URL, EXPORTS_DIR and other paths to absolute ones.'
    );
  }
  if (error instanceof Error && EXPLAINED.some((type) => error instanceof type)) return error.message;
  if (isUnavailable(error)) return `The database cannot be used right now: ${messageOf(error)}.`;
  return `It failed unexpectedly: ${messageOf(error)}.`;
}
