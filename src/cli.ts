#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { exitCodeOf } from './commands/command.ts';
import { isPrintingSecret } from './commands/print-secret.ts';
import type { ServeContext } from './commands/serve.ts';
import { openLog } from './log.ts';
import { createProgram } from './program.ts';

async function main(): Promise<number> {
  const logDestination = openLog();
  const outcome = { code: 0 };
  const context: ServeContext = {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    randomBytes,
    logDestination,
    stopRequested,
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The command undoes what it could not print, and fails.
    if (isPrintingSecret(process.stdout)) return;
    // The reader of our output has gone (`taskgate export hdp | head`): there is nobody left to fail for.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`taskgate: The output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });
  // Nobody reads the messages: the work goes on all the same.
  process.stderr.on('error', () => {});
  try {
    return await exitCodeOf(context, async () => {
      await createProgram(context, outcome).parseAsync();
      return outcome.code;
    });
  } finally {
    await logDestination.end();
  }
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    // Not once(): npm passes a terminal's Ctrl-C on, so it may arrive twice.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

/** Resolves when all that was written to a stream is out, or cannot be. */
async function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

// No file that we make is for other users of the machine, whatever the umask of the shell.
process.umask(process.umask() | 0o027);
const code = await main();
// process.exit drops what a pipe's reader has not taken yet.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
