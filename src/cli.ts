#!/usr/bin/env node
import type { Writable } from 'node:stream';
import { ignoreUserSignals, runInChild } from './signals.ts';

/** Commands that run until they are asked to stop, and stop in an orderly way. */
const LONG_RUNNING: readonly (string | undefined)[] = ['serve', 'work', 'simulate'];

/** Resolves when all that was written to a stream is out, or cannot be. */
async function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

// No file that we make is for other users of the machine, whatever the umask of the shell.
process.umask(process.umask() | 0o027);
// Before the program is loaded, which takes some time.
ignoreUserSignals();
const isInitProcess = process.pid === 1 && !LONG_RUNNING.includes(process.argv[2]);
const code = await (isInitProcess ? runInChild() : (await import('./main.ts')).main());
// process.exit drops what a pipe's reader has not taken yet.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
