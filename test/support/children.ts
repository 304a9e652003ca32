/** Reads child processes from /proc. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Returns the state and the parent of a process, or undefined if it does not exist. */
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

/** True if a process runs or is stopped. A process that has exited may still be a zombie. */
export const isAlive = (pid: number): boolean => !['Z', 'X', undefined].includes(statOf(pid)?.state);

/** Returns the command line of a process, null-separated, or undefined if it does not exist. */
function commandLineOf(pid: string | number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Returns the living children of a process. A new child counts after it has started its own program. Until
 * then, Node.js waits for it, so a signal that pauses the child also pauses the parent.
 */
export function childrenOf(pid: number): number[] {
  const parentCommandLine = commandLineOf(pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === pid)
    .filter((name) => commandLineOf(name) !== parentCommandLine)
    .map(Number)
    .filter(isAlive);
}
