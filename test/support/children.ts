/** Processes that other processes have started, from /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** The state and the parent of a process; undefined when it is gone. */
function statOf(pid: string | number): { state: string; parent: number } | undefined {
  try {
    // The fields after the name, which may hold spaces.
    const [state = '', parent] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** True if a process runs or is stopped: one that has ended may still wait for its parent. */
export const isAlive = (pid: number): boolean => !['Z', 'X', undefined].includes(statOf(pid)?.state);

/** The command line of a process, null-separated; undefined when it is gone. */
function commandLineOf(pid: string | number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * The processes that a process has started and that have not ended. A new process counts once it runs its own
 * program: until then, node waits for it, so that a signal that pauses it pauses its parent too.
 */
export function childrenOf(pid: number): number[] {
  const parentCommandLine = commandLineOf(pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === pid)
    .filter((name) => commandLineOf(name) !== parentCommandLine)
    .map(Number)
    .filter(isAlive);
}
