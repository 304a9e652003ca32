/** What signals do to a taskgate process. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that ask a process to stop. SIGHUP comes when its terminal is closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Makes this process ignore SIGUSR1 and SIGUSR2. Without a handler, Node opens a debugger port on SIGUSR1, and SIGUSR2 ends
 * the process.
 */
export function ignoreUserSignals(): void {
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});
}

export interface StopOptions {
  /** Called when SIGINT is repeated and the process has not stopped shortly afterwards. */
  force(): void;
  /** True if the process runs under npm, which passes signals on: a Ctrl-C then arrives twice. */
  isUnderNpm: boolean;
}

/** How long a process may still take to stop after SIGINT was repeated, in milliseconds. */
const FORCE_AFTER_MS = 500;

/** The time in which npm passes a signal on, in milliseconds. */
const NPM_DELAY_MS = 300;

/**
 * Resolves when the process is asked to stop. Only a repeated SIGINT (a person who presses Ctrl-C again) cuts the stop
 * short: supervisors repeat SIGTERM and SIGHUP while they wait.
 */
export function stopRequested({ force, isUnderNpm }: StopOptions): Promise<void> {
  return new Promise((resolve) => {
    let requestedAt: number | undefined;
    let isForced = false;
    const onSignal = (signal: NodeJS.Signals) => {
      const now = performance.now();
      if (requestedAt === undefined) {
        requestedAt = now;
        resolve();
      } else if (signal === 'SIGINT' && !isForced && !(isUnderNpm && now - requestedAt < NPM_DELAY_MS)) {
        isForced = true;
        setTimeout(force, FORCE_AFTER_MS).unref();
      }
    };
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  });
}

/**
 * Calls `listener` when the process is asked to stop, instead of ending it. A second later a repeated signal ends the process
 * as usual: npm passes signals on, so that the first may arrive twice.
 * @returns a function that restores the usual behaviour
 */
export function onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  const remove = () => {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    listener(signal);
    setTimeout(remove, REPEAT_MS).unref();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return remove;
}

const REPEAT_MS = 1000;

/**
 * Runs this program with the same arguments in a child process, and passes signals on. The first process of a container
 * (PID 1) gets only the signals that it handles, and a command that is busy in the database cannot handle any; its child is
 * ended by them as usual.
 * @returns the exit code
 */
export function runInChild(): Promise<number> {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of STOP_SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOfSignal(signal)));
  });
}

/** The exit code that shells use for a process that a signal has ended. */
export const exitCodeOfSignal = (signal: NodeJS.Signals | null) =>
  signal === null ? 1 : 128 + constants.signals[signal];
