/** Signal handling of all taskgate processes. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that ask a process to stop. SIGHUP is sent when the terminal closes. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ignores SIGUSR1 and SIGUSR2. Without a handler, Node.js opens a debugger port on SIGUSR1, and SIGUSR2 ends the process.
 */
export function ignoreUserSignals(): void {
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});
}

export interface StopOptions {
  /** Called if SIGINT is repeated and the process has not stopped 500 ms later. */
  force(): void;
  /** True if npm started the process. npm forwards signals, so a Ctrl-C arrives twice. */
  isUnderNpm: boolean;
}

/** The time that a process may take to stop after SIGINT was repeated. */
const FORCE_AFTER_MS = 500;

/** The time within which npm forwards a signal. */
const NPM_FORWARD_MS = 300;

/**
 * Resolves when a stop signal arrives. A repeated SIGINT (Ctrl-C) calls `force`. Repeated SIGTERM and SIGHUP do not,
 * because supervisors repeat them while they wait.
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
      } else if (signal === 'SIGINT' && !isForced && !(isUnderNpm && now - requestedAt < NPM_FORWARD_MS)) {
        isForced = true;
        setTimeout(force, FORCE_AFTER_MS).unref();
      }
    };
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  });
}

/**
 * Calls `listener` for each stop signal, instead of ending the process. One second after the first signal, the default
 * behaviour returns. npm forwards signals, so the first may arrive twice within this second.
 * @returns a function that restores the default behaviour
 */
export function onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  const remove = () => {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    listener(signal);
    setTimeout(remove, LISTEN_MS).unref();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  return remove;
}

const LISTEN_MS = 1000;

/**
 * Runs this program with the same arguments in a child process, and forwards stop signals to it. The first process of a
 * container (PID 1) receives only signals with a handler, and a command that is busy in the database runs no handler. Signals
 * end a child process by default.
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

/** Returns the exit code that shells report for a process that a signal has ended. */
export const exitCodeOfSignal = (signal: NodeJS.Signals | null) =>
  signal === null ? 1 : 128 + constants.signals[signal];
