import { devNull } from 'node:os';
import type { Writable } from 'node:stream';
import { messageOf } from '../lib/text.ts';
import { type CommandContext, CommandError } from './command.ts';
import { isDevNull } from './stdout.ts';

/** A new credential whose secret is printed once. */
export interface NewCredential {
  id: string;
  kind: 'token' | 'session' | 'key';
  /** The text to print, without a line end. */
  secret: string;
  /** Removes the credential from the database. */
  undo(): Promise<void>;
}

const printing = new WeakSet<Writable>();

/** Returns true while `printSecret` writes to a stream. It handles the errors of the stream itself. */
export const isPrintingSecret = (stream: Writable): boolean => printing.has(stream);

/**
 * Refuses to create a credential whose secret could not be read. Node.js opens /dev/null in place of a closed standard
 * output.
 * @throws CommandError if stdout is closed or /dev/null
 */
export function requireReadableStdout({ stdout }: CommandContext, kind: NewCredential['kind']): void {
  if (!isDevNull(stdout)) return;
  throw new CommandError(
    `Standard output is closed or ${devNull}, so the new ${kind} would be lost. Nothing was created.`,
  );
}

/**
 * Prints the secret of a new credential on a line of stdout. If that fails, removes the credential.
 * @throws CommandError if the secret could not be written
 */
export async function printSecret(
  { stdout }: CommandContext,
  { id, kind, secret, undo }: NewCredential,
): Promise<void> {
  printing.add(stdout);
  try {
    await write(stdout, secret);
    // A full disk shortens a write without an error; only the next write fails.
    await write(stdout, '\n');
    printing.delete(stdout);
  } catch (error) {
    const failure = `The new ${kind} could not be written to standard output: ${messageOf(error)}`;
    try {
      await undo();
    } catch (cause) {
      throw new CommandError(
        `${failure}. It could not be removed either (${messageOf(cause)}); run taskgate ${kind}s revoke ${id}.`,
      );
    }
    throw new CommandError(`${failure}. It was removed and does not work.`);
  }
}

const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
