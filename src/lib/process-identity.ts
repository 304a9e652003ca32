/** Tells a process from a later one that was given the same number. */
import { readFileSync } from 'node:fs';

/**
 * Returns a text that no other process of this machine has had or will have: its start, and the boot in which it runs.
 * Returns undefined if there is no such process, or if the system does not tell (only Linux has /proc).
 */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name of the program in parentheses, may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[START_TIME - 3];
    return startTime && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${startTime}`;
  } catch {
    return undefined;
  }
}

/** The number of this field in proc(5), which counts from 1. */
const START_TIME = 22;
