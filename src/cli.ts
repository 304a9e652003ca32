#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { exitCodeOf } from './commands/command.ts';
import type { ServeContext } from './commands/serve.ts';
import { createProgram } from './program.ts';

async function main(): Promise<number> {
  const logDestination = pino.destination({ fd: 1, sync: false });
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
  // The reader of our output has gone (`taskgate export hdp | head`): there is nobody left to fail for.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    return await exitCodeOf(context, async () => {
      await createProgram(context, outcome).parseAsync();
      return outcome.code;
    });
  } finally {
    logDestination.flushSync();
  }
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    // Not once(): npm passes a terminal's Ctrl-C on, so it may arrive twice.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

process.exit(await main());
