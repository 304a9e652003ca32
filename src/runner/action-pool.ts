import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ActionMessage, ActionRequest, ProcessSettings } from './action-process.ts';
import type { Perform, Performed, RunListener } from './perform.ts';

export interface ActionPool {
  perform: Perform;
  close(): Promise<void>;
}

/** How long an action may take to end once it is asked to, in milliseconds; then its process is killed. */
const GRACE_MS = 3000;

/** How long a process is kept for the next run, in milliseconds. */
const IDLE_TIMEOUT_MS = 10_000;

const PROGRAM = fileURLToPath(new URL('./action-process.js', import.meta.url));

/** The process died before it began the action. */
class EarlyExit extends Error {}

/**
 * Runs each action in a child process, since a thread in the middle of a long query can be neither ended nor left behind.
 * A process is kept for the next run only if its action ended as actions should; otherwise it is killed.
 */
export function createActionPool(settings: ProcessSettings): ActionPool {
  const all = new Set<ChildProcess>();
  const idle = new Map<ChildProcess, NodeJS.Timeout>();
  // However this process ends its work, no action outlives it.
  process.on('exit', killAll);

  function take(): ChildProcess {
    for (const child of [...idle.keys()]) {
      forget(child);
      if (child.connected) return child;
    }
    return start();
  }

  /** Before a process is used or killed, so that no run is handed to one that is about to die. */
  function forget(child: ChildProcess): void {
    clearTimeout(idle.get(child));
    idle.delete(child);
  }

  function kill(child: ChildProcess): void {
    forget(child);
    child.kill('SIGKILL');
  }

  function killAll(): void {
    for (const child of all) kill(child);
  }

  function start(): ChildProcess {
    const child = fork(PROGRAM, {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    all.add(child);
    // An idle process reports to nobody; a run listens itself.
    child.on('error', () => {});
    child.once('exit', () => {
      all.delete(child);
      forget(child);
    });
    return child;
  }

  async function performIn(
    child: ChildProcess,
    ...[order, listener]: Parameters<Perform>
  ): Promise<Performed> {
    let isReusable = false;
    try {
      const performed = await runIn(child, { settings, order }, listener);
      isReusable = child.connected;
      return performed;
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
    async perform(order, listener) {
      listener.signal.throwIfAborted();
      try {
        return await performIn(take(), order, listener);
      } catch (error) {
        if (!(error instanceof EarlyExit)) throw error;
        listener.signal.throwIfAborted();
        return performIn(start(), order, listener);
      }
    },
    async close() {
      const children = [...all];
      killAll();
      process.off('exit', killAll);
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    },
  };
}

function runIn(
  child: ChildProcess,
  request: ActionRequest,
  { log, signal }: RunListener,
): Promise<Performed> {
  return new Promise((resolve, reject) => {
    let hasBegun = false;
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      if (child.connected) child.send('end' satisfies ActionRequest, () => {});
      grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const settle = () => {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
      child.off('message', hear).off('exit', exit).off('error', fail);
    };
    const fail = (reason: Error) => {
      settle();
      reject(hasBegun ? reason : new EarlyExit(reason.message));
    };
    const exit = (code: number | null, by: string | null) =>
      fail(new Error(`The process of the run ended early (${code ?? by}).`));
    const hear = (message: ActionMessage) => {
      if ('begun' in message) {
        hasBegun = true;
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
    child.on('message', hear).on('error', fail).on('exit', exit);
    signal.addEventListener('abort', abort, { once: true });
    child.send(request, (error) => error && fail(error));
  });
}
