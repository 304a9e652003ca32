import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../config.ts';

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
}

/** A command did not do what was asked; the message is one sentence for the person who asked. */
export class CommandError extends Error {}

/** Prints one JSON value on a line of stdout. */
export function printJson(context: CommandContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints one message line on stderr. */
export function say(context: CommandContext, message: string): void {
  context.stderr.write(`${message}\n`);
}
