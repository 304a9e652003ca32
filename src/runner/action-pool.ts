import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessSettings, ProcessTask, ProcessWord } from './action-process.ts';
import type { Perform, Performed, RunListener } from './perform.ts';

export interface ActionPool {
  perform: Perform;
  close(): Promise<void>;
}

/** How long an action may take to end once it is asked to, in milliseconds; then its process is killed. */
const GRACE_MS = 3000;

/** A process that had nothing to do for so long goes away, in milliseconds. */
const IDLE_MS = 10_000;

const PROGRAM = fileURLToPath(new URL('./action-process.js', import.meta.url));

/**
 * Actions run in processes of their own, so that whatever one does, everything else goes on: a thread in the middle of a
 * long query can be neither ended nor left behind.
 * @param most how many run at a time; others wait for their turn
 */
export function createActionPool(settings: ProcessSettings, most: number): ActionPool {
  const all = new Set<ChildProcess>();
  const idle = new Map<ChildProcess, NodeJS.Timeout>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function endTurn(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  function take(): ChildProcess {
    const [child] = idle.keys();
    if (!child) return start();
    clearTimeout(idle.get(child));
    idle.delete(child);
    return child;
  }

  function start(): ChildProcess {
    const child = fork(PROGRAM, {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    all.add(child);
    // Told to the run, if there is one.
    child.on('error', () => {});
    child.once('exit', () => {
      all.delete(child);
      clearTimeout(idle.get(child));
      idle.delete(child);
    });
    return child;
  }

  return {
    async perform(order, listener) {
      await turn();
      try {
        listener.signal.throwIfAborted();
        const child = take();
        const ended = await runIn(child, { settings, order }, listener);
        if (child.connected)
          idle.set(
            child,
            setTimeout(() => child.kill('SIGKILL'), IDLE_MS),
          );
        return ended;
      } finally {
        endTurn();
      }
    },
    async close() {
      const children = [...all];
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    },
  };
}

function runIn(child: ChildProcess, task: ProcessTask, { log, signal }: RunListener): Promise<Performed> {
  return new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const end = () => {
      if (child.connected) child.send('end' satisfies ProcessTask);
      grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const settle = () => {
      clearTimeout(grace);
      signal.removeEventListener('abort', end);
      child.off('message', hear).off('exit', exit).off('error', fail);
    };
    const fail = (reason: Error) => {
      settle();
      reject(reason);
    };
    const exit = (code: number | null, by: string | null) =>
      fail(new Error(`The process of the run ended early (${code ?? by}).`));
    const hear = (word: ProcessWord) => {
      if ('log' in word) {
        log(word.log.level, word.log.message);
        return;
      }
      settle();
      if ('ended' in word) resolve(word.ended);
      else reject(Object.assign(new Error(word.failed.message), { stack: word.failed.stack }));
    };
    child.on('message', hear).on('error', fail).on('exit', exit);
    signal.addEventListener('abort', end, { once: true });
    child.send(task);
  });
}
