import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ActionMessage, ActionRequest, ProcessSettings } from './action-process.ts';
import type { ActionResult, RunAction, RunListener } from './run-action.ts';

export interface ActionPool {
  runAction: RunAction;
  close(): Promise<void>;
}

/** How long an aborted action may take to end before its process is killed. */
const KILL_DELAY_MS = 3000;

/** How long an idle process is kept for the next run. */
const IDLE_TIMEOUT_MS = 10_000;

const PROGRAM_PATH = fileURLToPath(new URL('./action-process.js', import.meta.url));

/** Node.js arguments of an action process: a large young generation makes no export faster, and takes memory. */
export const ACTION_PROCESS_ARGUMENTS = ['--max-semi-space-size=2'];

/** The process died before it started the action. */
class EarlyExitError extends Error {}

/**
 * Creates a pool that runs each action in a child process. A thread would not do: it cannot be stopped during a query.
 * A process is kept for the next run only if its action returned a result; otherwise it is killed.
 */
export function createActionPool(settings: ProcessSettings): ActionPool {
  const children = new Set<ChildProcess>();
  const idle = new Map<ChildProcess, NodeJS.Timeout>();
  // No action may outlive this process.
  process.on('exit', killAll);

  function acquire(): ChildProcess {
    for (const child of [...idle.keys()]) {
      removeIdle(child);
      if (child.connected) return child;
    }
    return start();
  }

  /** Must be called before a process is used or killed, so that no run gets a process that is about to die. */
  function removeIdle(child: ChildProcess): void {
    clearTimeout(idle.get(child));
    idle.delete(child);
  }

  function kill(child: ChildProcess): void {
    removeIdle(child);
    child.kill('SIGKILL');
  }

  function killAll(): void {
    for (const child of children) kill(child);
  }

  function start(): ChildProcess {
    const child = fork(PROGRAM_PATH, {
      execArgv: ACTION_PROCESS_ARGUMENTS,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.add(child);
    // Without a listener, an error of an idle process would be thrown. A run adds its own listener.
    child.on('error', () => {});
    child.once('exit', () => {
      children.delete(child);
      removeIdle(child);
    });
    return child;
  }

  async function runInProcess(
    child: ChildProcess,
    ...[input, listener]: Parameters<RunAction>
  ): Promise<ActionResult> {
    let isReusable = false;
    try {
      const result = await sendAndWait(child, { settings, input }, listener);
      isReusable = child.connected;
      return result;
    } finally {
      if (isReusable)
        idle.set(
          child,
          setTimeout(() => kill(child), IDLE_TIMEOUT_MS),
        );
      else kill(child);
    }
  }

  return {
    async runAction(input, listener) {
      listener.signal.throwIfAborted();
      try {
        return await runInProcess(acquire(), input, listener);
      } catch (error) {
        if (!(error instanceof EarlyExitError)) throw error;
        listener.signal.throwIfAborted();
        return runInProcess(start(), input, listener);
      }
    },
    async close() {
      const killed = [...children];
      killAll();
      process.off('exit', killAll);
      await Promise.all(killed.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    },
  };
}

function sendAndWait(
  child: ChildProcess,
  request: ActionRequest,
  { log, signal }: RunListener,
): Promise<ActionResult> {
  return new Promise((resolve, reject) => {
    let hasStarted = false;
    let killTimer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      if (child.connected) child.send('abort' satisfies ActionRequest, () => {});
      killTimer = setTimeout(() => child.kill('SIGKILL'), KILL_DELAY_MS);
    };
    const settle = () => {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', onAbort);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
    };
    const onError = (reason: Error) => {
      settle();
      reject(hasStarted ? reason : new EarlyExitError(reason.message));
    };
    const onExit = (code: number | null, exitSignal: string | null) =>
      onError(new Error(`The process of the run exited early (${code ?? exitSignal}).`));
    const onMessage = (message: ActionMessage) => {
      if ('started' in message) {
        hasStarted = true;
        return;
      }
      if ('log' in message) {
        log(message.log.level, message.log.message);
        return;
      }
      settle();
      if ('ended' in message) resolve(message.ended);
      else reject(Object.assign(new Error(message.failed.message), { stack: message.failed.stack }));
    };
    child.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    child.send(request, (error) => error && onError(error));
  });
}
