import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { exitCodeOf, type ServeContext } from './commands/command.ts';
import { isPrintingSecret } from './commands/print-secret.ts';
import { isUnderNpm } from './config.ts';
import { openLog } from './log.ts';
import { createProgram } from './program.ts';
import { exitCodeOfSignal, onStopSignal, stopRequested } from './signals.ts';

/** Runs the command that the arguments name. @returns the exit code */
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
    stopRequested: () => stopRequested({ force: exitNow, isUnderNpm: isUnderNpm(process.env) }),
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The command removes the credential, and fails.
    if (isPrintingSecret(process.stdout)) return;
    // The reader has closed the pipe (`taskgate export hdp | head`); this is no failure.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`taskgate: The output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });
  // The command continues without messages.
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
 * Exits before requests and runs have finished, because the operator has repeated Ctrl-C. `process.exit` waits for searches
 * in worker threads, so a shell kills this process after a second.
 */
function exitNow(): void {
  process.stderr.write(
    'taskgate: Stopped before requests and tasks had finished, because SIGINT was repeated.\n',
  );
  spawn('sh', ['-c', `sleep 1; kill -9 ${process.pid}`], { detached: true, stdio: 'ignore' })
    // Without a shell, process.exit may take longer.
    .on('error', () => {})
    .unref();
  process.exit(exitCodeOfSignal('SIGINT'));
}
