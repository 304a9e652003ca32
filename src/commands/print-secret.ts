import { devNull } from 'node:os';
import type { Writable } from 'node:stream';
import { messageOf } from '../lib/error-text.ts';
import { type CommandContext, CommandError } from './command.ts';
import { isDevNull } from './stdout.ts';

/** A credential whose secret is printed once. */
export interface NewCredential {
  id: string;
  /** What it is for people: `token`, `session` or `key`. */
  what: string;
  /** What is printed, without a line end. */
  secret: string;
  /** Removes the credential from the database. */
  undo(): Promise<void>;
}

const printing = new WeakSet<Writable>();

/** Returns true while `printSecret` writes to a stream and handles its errors. */
export const isPrintingSecret = (stream: Writable): boolean => printing.has(stream);

/**
 * Refuses to create a credential where nobody could read its secret. Node.js opens /dev/null in place of a standard
 * output that is closed.
 * @throws CommandError when stdout is closed or /dev/null
 */
export function requireReadableStdout({ stdout }: CommandContext, what: string): void {
  if (!isDevNull(stdout)) return;
  throw new CommandError(
    `Standard output is closed or ${devNull}, so the new ${what} would be lost. Nothing was created.`,
  );
}

/**
 * Prints the secret of a new credential on a line of stdout, or undoes the credential when that fails.
 * @throws CommandError when the secret could not be written
 */
export async function printSecret(
  { stdout }: CommandContext,
  { id, what, secret, undo }: NewCredential,
): Promise<void> {
  printing.add(stdout);
  try {
    await write(stdout, secret);
    // A disk that is full cuts a write short without an error; the next write fails.
    await write(stdout, '\n');
    printing.delete(stdout);
  } catch (error) {
    const failure = `The new ${what} could not be written to standard output: ${messageOf(error)}`;
    try {
      await undo();
    } catch (cause) {
      throw new CommandError(
        `${failure}. It could not be undone either (${messageOf(cause)}): run taskgate ${what}s revoke ${id}.`,
      );
    }
    throw new CommandError(`${failure}. It was undone and does not work.`);
  }
}

const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
