/** Detects a standard output that is closed or /dev/null. */
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Writable } from 'node:stream';
import { type CommandContext, CommandError } from './command.ts';

/** Returns true for /dev/null, which Node.js also opens in place of a standard output that is closed. */
export function isDevNull(stream: Writable): boolean {
  const fd = fileDescriptor(stream);
  if (fd === undefined) return false;
  try {
    const target = fstatSync(fd);
    return target.isCharacterDevice() && target.rdev === statSync(devNull).rdev;
  } catch {
    // The write itself will fail if the stream does not work.
    return false;
  }
}

/**
 * Refuses to run a command whose output would be lost. Accepts `> /dev/null`: a shell opens it only for writing, but
 * Node.js opens its replacement for a closed file for reading too. Only Linux shows the difference.
 * @throws CommandError if standard output is closed
 */
export function requireOpenStdout({ stdout }: CommandContext): void {
  const fd = fileDescriptor(stdout);
  if (fd === undefined || !isDevNull(stdout) || !isOpenForReading(fd)) return;
  throw new CommandError(
    'Standard output is closed, so the output of this command would be lost. Nothing was done. ' +
      `Open it for writing, for example with "> ${devNull}".`,
  );
}

const fileDescriptor = (stream: Writable) =>
  'fd' in stream && typeof stream.fd === 'number' ? stream.fd : undefined;

function isOpenForReading(fd: number): boolean {
  try {
    const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    // The last octal digit is the access mode: 0 reads, 1 writes, 2 does both.
    return flags.endsWith('2');
  } catch {
    return false;
  }
}
