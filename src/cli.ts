#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { CommanderError } from 'commander';
import { pino } from 'pino';
import { CommandError } from './commands/command.ts';
import type { ServeContext } from './commands/serve.ts';
import { ConfigError } from './config.ts';
import { DatabaseError } from './db/open.ts';
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
    await createProgram(context, outcome).parseAsync();
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`taskgate: ${sentenceOf(error)}\n`);
    return 1;
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

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof ConfigError || error instanceof DatabaseError) {
    return error.message;
  }
  return `It failed unexpectedly: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
}

process.exit(await main());
