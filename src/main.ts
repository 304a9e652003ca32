import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { exitCodeOf, type ServeContext } from './commands/command.ts';
import { isPrintingSecret } from './commands/print-secret.ts';
import { isUnderNpm } from './config.ts';
import { openLog } from './log.ts';
import { createProgram } from './program.ts';
import { exitCodeOfSignal, onStopSignal, stopRequested } from './signals.ts';

/** Runs the command of the arguments. @returns the exit code */
export async function main(): Promise<number> {
  const logDestination = openLog();
  const outcome = { code: 0 };
  const context: ServeContext = {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    randomBytes,
    onStopSignal,
    logDestination,
    stopRequested: () => stopRequested({ force: endNow, isUnderNpm: isUnderNpm(process.env) }),
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The command undoes what it could not print, and fails.
    if (isPrintingSecret(process.stdout)) return;
    // The reader of our output has gone (`taskgate export hdp | head`): there is nobody left to fail for.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`taskgate: The output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });
  // If nobody reads the messages, the command continues.
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

/**
 * Ends the process although requests or tasks are under way: the operator has repeated Ctrl-C. `process.exit` waits for a
 * search in a worker thread, so another process ends this one if it takes long.
 */
function endNow(): void {
  process.stderr.write('taskgate: Ended before everything was finished, because SIGINT was repeated.\n');
  spawn('sh', ['-c', `sleep 1; kill -9 ${process.pid}`], { detached: true, stdio: 'ignore' })
    // Without a shell, process.exit alone has to do.
    .on('error', () => {})
    .unref();
  process.exit(exitCodeOfSignal('SIGINT'));
}
